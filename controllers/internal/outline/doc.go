// SPDX-License-Identifier: Apache-2.0

// Package outline keeps in the cache what is read of an object, and of large or completed
// recordings an outline.
package outline
