// SPDX-License-Identifier: Apache-2.0

package agora

import "time"

// Method is a method of Agora's REST API. Its value is Agora's name for it.
type Method string

const (
	// MethodAcquire requests the resource ID that a recording needs to start.
	MethodAcquire Method = "acquire"

	// MethodStart begins a recording.
	MethodStart Method = "start"

	// MethodQuery requests the state of a recording.
	MethodQuery Method = "query"

	// MethodUpdate changes a running recording.
	MethodUpdate Method = "update"

	// MethodUpdateLayout changes the video layout of a running recording.
	MethodUpdateLayout Method = "updateLayout"

	// MethodStop ends a recording.
	MethodStop Method = "stop"
)

// Timeout is how long a call of the method may take, from the first byte sent to the last
// byte received.
func (m Method) Timeout() time.Duration {
	if m == MethodStop {
		// A synchronous stop answers after the files are uploaded, which takes Agora up
		// to 20 seconds.
		return 35 * time.Second
	}
	return 10 * time.Second
}

// MaxTimeout is the longest timeout of all methods.
func MaxTimeout() time.Duration {
	return MethodStop.Timeout()
}
