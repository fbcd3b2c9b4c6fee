/** What the templates of the Manager's pages are given: values and how to write them. The templates are in {@code src/main/jte}. */
package org.kdcloudlet.server.manager.page;
