/** What tests share: fakes, contract tests, small SavedModels of our own. */
@NullMarked
package dev.sluice.testkit;

import org.jspecify.annotations.NullMarked;
