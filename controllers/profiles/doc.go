// SPDX-License-Identifier: Apache-2.0

// Package profiles brings recordings together with their profiles: readers whose recordings
// have the spec that holds, what a profile brings that does not hold yet, and the status of
// profiles.
package profiles
