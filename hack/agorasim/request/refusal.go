// SPDX-License-Identifier: Apache-2.0

package request

// Codes of the recording service for invalid requests.
const (
	CodeInvalidParameter   = 2
	CodeWrongSyntax        = 8
	CodeInvalidChannelName = 401
	CodeInvalidLayout      = 1028
)

// Refusal is the recording service's reason for refusing a request.
type Refusal struct {
	Code   int
	Reason string
}

func invalid(reason string) *Refusal { return &Refusal{CodeInvalidParameter, reason} }
