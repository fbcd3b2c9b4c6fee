/**
 * What this host offers to machines: installed programs, how they are run with limits, and whether KVM really works. Nothing
 * here knows machines, templates or disks.
 */
package org.kdcloudlet.hypervisor.qemu.host;
