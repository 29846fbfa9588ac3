// SPDX-License-Identifier: Apache-2.0

package request

// Codes of the recording service that tell what is wrong with a request.
const (
	CodeInvalidParameter   = 2
	CodeWrongSyntax        = 8
	CodeInvalidChannelName = 401
	CodeInvalidLayout      = 1028
)

// Refusal is why a request is not taken, as the recording service says it.
type Refusal struct {
	Code   int
	Reason string
}

func invalid(reason string) *Refusal { return &Refusal{CodeInvalidParameter, reason} }
