/** The Cloudlet Server: what it is made of, put together by hand. */
package org.kdcloudlet.server;
