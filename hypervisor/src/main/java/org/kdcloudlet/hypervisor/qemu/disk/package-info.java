/**
 * Disk images from outside: copied by content, their headers read strictly by ourselves first, then by a sandboxed qemu-img
 * that sees that one file.
 */
package org.kdcloudlet.hypervisor.qemu.disk;
