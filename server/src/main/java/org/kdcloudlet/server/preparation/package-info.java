/** Images that an operator prepares by hand, in machines of their own. */
package org.kdcloudlet.server.preparation;
