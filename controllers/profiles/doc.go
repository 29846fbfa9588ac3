// SPDX-License-Identifier: Apache-2.0

// Package profiles brings recordings together with their profiles: readers whose recordings
// have the spec that holds, and what a profile brings that does not hold yet.
package profiles
