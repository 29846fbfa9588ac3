// SPDX-License-Identifier: Apache-2.0

// Package artifact makes what a release consists of from the content of files: archives, the
// image, the chart, and the list of what software is in each. It reads and runs nothing, and
// the same content makes the same bytes.
package artifact
