// SPDX-License-Identifier: Apache-2.0

package agora

import "time"

// Method is a method of Agora's REST API, by Agora's name.
type Method string

const (
	// MethodAcquire asks for what a recording is started with.
	MethodAcquire Method = "acquire"

	// MethodStart begins a recording.
	MethodStart Method = "start"

	// MethodQuery asks how a recording is.
	MethodQuery Method = "query"

	// MethodUpdate changes a recording that runs.
	MethodUpdate Method = "update"

	// MethodUpdateLayout changes how the video of a recording is put together.
	MethodUpdateLayout Method = "updateLayout"

	// MethodStop ends a recording.
	MethodStop Method = "stop"
)

// Timeout is how long a call of the method may take from the first byte sent
// to the last byte received.
func (m Method) Timeout() time.Duration {
	if m == MethodStop {
		// A synchronous stop answers once the files are uploaded, for which
		// Agora takes up to 20 seconds.
		return 35 * time.Second
	}
	return 10 * time.Second
}

// MaxTimeout is the longest that a call of any method takes.
func MaxTimeout() time.Duration {
	return MethodStop.Timeout()
}
