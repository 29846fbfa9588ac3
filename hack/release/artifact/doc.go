// SPDX-License-Identifier: Apache-2.0

// Package artifact makes the parts of a release from the content of files: archives, the image,
// the chart, and the lists of software in each program. It performs no I/O and runs no
// commands. The same content yields the same bytes.
package artifact
