// SPDX-License-Identifier: Apache-2.0

package storage

import "fmt"

// Kind says what keeps the bucket from being checked.
type Kind int

const (
	// Unavailable means that the service gave no answer in time, or none that
	// makes sense.
	Unavailable Kind = iota

	// EndpointNotAllowed means that nothing may be sent to the address, or that
	// there is none.
	EndpointNotAllowed

	// CredentialsRejected means that the service refuses the key: it is wrong,
	// expired, or of another account.
	CredentialsRejected

	// AccessDenied means that the key is right and may not list or read.
	AccessDenied

	// BucketNotFound means that there is no such bucket at this address.
	BucketNotFound

	// Throttled means that the service takes no more requests for a while.
	Throttled

	// Busy means that the check did not get its turn before its deadline.
	Busy

	// IndexInvalid means that an index is not what Agora writes.
	IndexInvalid

	// TooLarge means that there is more to read than the bounds allow.
	TooLarge
)

var kinds = [...]string{
	Unavailable:         "Unavailable",
	EndpointNotAllowed:  "EndpointNotAllowed",
	CredentialsRejected: "CredentialsRejected",
	AccessDenied:        "AccessDenied",
	BucketNotFound:      "BucketNotFound",
	Throttled:           "Throttled",
	Busy:                "Busy",
	IndexInvalid:        "IndexInvalid",
	TooLarge:            "TooLarge",
}

// String implements fmt.Stringer.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kinds) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kinds[k]
}

// Problem is what keeps the bucket from being checked. The same cause always
// has the same message, and no message holds a secret. A service's own words
// are not kept: they may repeat what was sent to it.
//
//nolint:errname // It is what a status says, and an error only on the way there.
type Problem struct {
	Kind Kind

	// Message says in whole sentences what happened and what to do.
	Message string
}

// Error implements error.
func (p *Problem) Error() string { return p.Message }

// Problemf returns a Problem whose message is formatted.
func Problemf(kind Kind, format string, arguments ...any) *Problem {
	return &Problem{Kind: kind, Message: fmt.Sprintf(format, arguments...)}
}
