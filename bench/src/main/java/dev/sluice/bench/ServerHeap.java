package dev.sluice.bench;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** The heap of another JVM of the same user, asked over JMX, which is switched on in it. */
final class ServerHeap implements AutoCloseable {

  private final JMXConnector connector;
  private final MemoryMXBean memory;
  private final ThreadMXBean threads;

  private ServerHeap(JMXConnector connector) throws IOException {
    this.connector = connector;
    MBeanServerConnection connection = connector.getMBeanServerConnection();
    this.memory =
        ManagementFactory.newPlatformMXBeanProxy(
            connection, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
    this.threads =
        ManagementFactory.newPlatformMXBeanProxy(
            connection, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
  }

  /**
   * Connects to a process.
   *
   * @throws IOException if it is not there, or not a JVM that lets us in
   */
  @SuppressWarnings("BanJNDI") // the other end is a JVM that we started
  static ServerHeap of(long pid) throws IOException {
    try {
      VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
      try {
        String address = machine.startLocalManagementAgent();
        return new ServerHeap(JMXConnectorFactory.connect(new JMXServiceURL(address)));
      } finally {
        machine.detach();
      }
    } catch (AttachNotSupportedException refused) {
      throw new IOException("process " + pid + " lets nobody attach", refused);
    }
  }

  /** Bytes that all its threads have allocated since it began. */
  long allocatedBytes() {
    return threads.getTotalThreadAllocatedBytes();
  }

  /** As of now: in use, garbage included, and committed. */
  MemoryUsage usage() {
    return memory.getHeapMemoryUsage();
  }

  /** What stays in use after a full collection. */
  MemoryUsage collected() {
    memory.gc();
    return memory.getHeapMemoryUsage();
  }

  @Override
  public void close() throws IOException {
    connector.close();
  }
}
