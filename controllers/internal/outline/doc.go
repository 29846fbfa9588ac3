// SPDX-License-Identifier: Apache-2.0

// Package outline reduces objects in the cache to what is read from them, and large or
// completed recordings to an outline.
package outline
