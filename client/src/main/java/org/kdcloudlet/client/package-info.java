/** The client library of KD-Cloudlet. */
package org.kdcloudlet.client;
