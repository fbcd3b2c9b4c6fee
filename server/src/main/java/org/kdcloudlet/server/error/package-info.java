/** What can go wrong in the server, as types with stable codes that every way in (device API, admin REST, CLI) shows alike. */
package org.kdcloudlet.server.error;
