// SPDX-License-Identifier: Apache-2.0

package capacity

import "time"

// overloadDelays are how long nobody asks Agora for another recording after it has refused
// one for want of room, and has refused so often in a row. The last one stays.
var overloadDelays = []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute}

// roomDelay is how long Agora is given to have room once a recording has ended.
const roomDelay = 2 * time.Second

// overload is what Agora's refusals leave: nobody asks until a time, and then one after the
// other until nobody waits.
type overload struct {
	isActive  bool
	refusals  int
	restUntil time.Time
}

// refuse notes a refusal. Of those that were asked together the first counts.
func (o *overload) refuse(now time.Time) {
	if o.rests(now) {
		return
	}
	o.isActive = true
	o.restUntil = now.Add(overloadDelays[min(o.refusals, len(overloadDelays)-1)])
	o.refusals++
}

// accept notes that there was room for one.
func (o *overload) accept() {
	o.refusals, o.restUntil = 0, time.Time{}
}

// rests says whether nobody may ask yet.
func (o *overload) rests(now time.Time) bool { return now.Before(o.restUntil) }

// wake lets one ask soon: a recording has ended, and there may be room again.
func (o *overload) wake(now time.Time) {
	if soon := now.Add(roomDelay); o.restUntil.After(soon) {
		o.refusals, o.restUntil = 0, soon
	}
}
