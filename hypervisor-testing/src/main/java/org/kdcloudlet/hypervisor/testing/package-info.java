/** A hypervisor in memory, for fast tests of what stands on the real one. */
package org.kdcloudlet.hypervisor.testing;
