/** Settings that administrators change while the server runs: kept in the database, in force at once. */
package org.kdcloudlet.server.setting;
