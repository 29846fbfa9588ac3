// SPDX-License-Identifier: Apache-2.0

// Package unowned keeps the recordings that Agora's notifications name and that no object
// has.
//
// Agora has no list of recordings. So each replica notes what it hears of a recording that
// nobody has, and writes it into a ConfigMap of the operator's namespace, which all replicas
// follow: nothing else tells of such a recording, and most of them are heard of when they
// begin and when they end, and not between. The replica that leads reports a recording once,
// when it has been nobody's for a while, and drops what has ended, what somebody has by now,
// and what has not been heard of for days.
//
//	hear.go    what a notification says of a recording: pure
//	review.go  what becomes of the recordings with time: pure
//	tracker.go keeps them in memory, and config_map.go in the API server
package unowned
