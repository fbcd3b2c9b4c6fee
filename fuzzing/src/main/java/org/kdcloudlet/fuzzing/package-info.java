/** Fuzzing of parsers: seeded inputs, findings that are kept, and how many inputs each parser gets. */
package org.kdcloudlet.fuzzing;
