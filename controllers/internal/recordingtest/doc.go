// SPDX-License-Identifier: Apache-2.0

// Package recordingtest provides recordings to test with.
package recordingtest
