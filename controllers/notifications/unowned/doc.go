// SPDX-License-Identifier: Apache-2.0

// Package unowned tracks the recordings that Agora's notifications name and that no
// object owns.
//
// Agora has no list of recordings, so notifications are the only source for such a
// recording. Agora sends most of them when a recording begins and when it ends, and few
// in between. So each replica records what it hears about an unowned recording in a
// ConfigMap in the operator's namespace, which all replicas watch. The leader reports a
// recording once, after it has been unowned for a while. It also drops recordings that
// have ended, that an object owns by now, or that have not been heard of for days.
//
//	hear.go    what a notification says about a recording: pure
//	review.go  what happens to the recordings over time: pure
//	tracker.go keeps them in memory, and config_map.go in the API server
package unowned
