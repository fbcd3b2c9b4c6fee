/** SHA-256 of contents that may have gigabytes, taken beside whoever reads or writes them. */
package org.kdcloudlet.hypervisor.digest;
