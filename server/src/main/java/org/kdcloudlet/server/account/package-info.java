/** Who may administer this cloudlet: administrators and their roles, sessions, API tokens, and the record of what they did. */
package org.kdcloudlet.server.account;
