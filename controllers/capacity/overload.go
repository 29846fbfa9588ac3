// SPDX-License-Identifier: Apache-2.0

package capacity

import "time"

// overloadDelays are how long nobody asks Agora for another recording after its first,
// second and later refusals in a row for lack of room. The last delay applies to all
// further refusals.
var overloadDelays = []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute}

// roomDelay is how long after the end of a recording Agora may take to have room again.
const roomDelay = 2 * time.Second

// overload is the state after Agora's refusals. Nobody asks until a certain time, and then
// one recording after the other until none waits.
type overload struct {
	isActive  bool
	refusals  int
	restUntil time.Time
}

// refuse notes a refusal. Recordings that were refused together count once.
func (o *overload) refuse(now time.Time) {
	if o.rests(now) {
		return
	}
	o.isActive = true
	o.restUntil = now.Add(overloadDelays[min(o.refusals, len(overloadDelays)-1)])
	o.refusals++
}

// accept notes that Agora had room for a recording.
func (o *overload) accept() {
	o.refusals, o.restUntil = 0, time.Time{}
}

// rests reports whether nobody may ask yet.
func (o *overload) rests(now time.Time) bool { return now.Before(o.restUntil) }

// wake lets a recording ask soon: another one has ended, so there may be room again.
func (o *overload) wake(now time.Time) {
	if soon := now.Add(roomDelay); o.restUntil.After(soon) {
		o.refusals, o.restUntil = 0, soon
	}
}
