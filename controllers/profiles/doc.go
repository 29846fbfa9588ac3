// SPDX-License-Identifier: Apache-2.0

// Package profiles brings recordings together with their profiles. Its readers return
// recordings with their effective spec, and its resolver finds what a profile would give
// that is not in effect yet.
package profiles
