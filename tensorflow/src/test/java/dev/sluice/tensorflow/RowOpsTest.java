package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

class RowOpsTest {

  @Test
  void tensorFlowKnowsEveryOpOfTheList() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
    assertThat(RowOps.LISTED.ops()).hasSizeGreaterThan(300);
    for (String op : RowOps.LISTED.ops()) {
      assertThat(OpDefs.of(op).getName()).isEqualTo(op);
    }
  }

  /** What writes has no rule: a rule would make it look like something that may be repeated. */
  @Test
  void nothingThatWritesIsOnTheList() {
    assertThat(RowOps.LISTED.ops())
        .noneMatch(
            op -> op.matches(".*(Assign|Insert|Import|Remove|Enqueue|Scatter(Add|Nd)?Var).*"))
        .doesNotContain("PyFunc", "EagerPyFunc", "Print", "PrintV2", "ReadFile", "WriteFile");
  }

  @Test
  void randomOpsHaveNoRule() {
    for (String op : Set.of("RandomUniform", "StatelessRandomUniform", "TruncatedNormal")) {
      assertThat(RowOps.LISTED.rule(op)).isNull();
      assertThat(RowOps.LISTED.justComputes(op)).isTrue();
    }
  }

  @Test
  void ruleThatIsNoneIsAnError() {
    assertThatThrownBy(() -> RowOps.parse("element-wise:\n  Add"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no rule element-wise for op Add");
  }

  @Test
  void listIsReadByRulesAndLines() {
    RowOps ops = RowOps.parse("# one\nelementwise: Add\n  Sub\n\ncontrol: If\ncomputes:\n  Unique");

    assertThat(ops.ops()).containsExactlyInAnyOrder("Add", "Sub", "If", "Unique");
    assertThat(ops.rule("Sub")).isNotNull();
    assertThat(ops.isControl("If")).isTrue();
    assertThat(ops.rule("Unique")).isNull();
    assertThat(ops.justComputes("Mul")).isFalse();
  }
}
