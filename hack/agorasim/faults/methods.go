// SPDX-License-Identifier: Apache-2.0

package faults

// The methods of Agora's API.
const (
	MethodAcquire      = "acquire"
	MethodStart        = "start"
	MethodQuery        = "query"
	MethodUpdate       = "update"
	MethodUpdateLayout = "updateLayout"
	MethodStop         = "stop"
)

var methods = []string{MethodAcquire, MethodStart, MethodQuery, MethodUpdate, MethodUpdateLayout, MethodStop}
