// SPDX-License-Identifier: Apache-2.0

// Package recordingtest has recordings to test with.
package recordingtest
