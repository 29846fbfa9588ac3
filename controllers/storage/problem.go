// SPDX-License-Identifier: Apache-2.0

package storage

import "fmt"

// Kind classifies why a bucket could not be checked.
type Kind int

const (
	// Unavailable means that the service sent no answer in time, or no valid one.
	Unavailable Kind = iota

	// EndpointNotAllowed means that requests to the address are not allowed, or that
	// there is no address.
	EndpointNotAllowed

	// CredentialsRejected means that the service rejected the key: it is wrong, expired,
	// or belongs to another account.
	CredentialsRejected

	// AccessDenied means that the key is valid but may not list or read.
	AccessDenied

	// BucketNotFound means that there is no such bucket at this address.
	BucketNotFound

	// Throttled means that the service temporarily accepts no more requests.
	Throttled

	// Busy means that the check did not get its turn before its deadline.
	Busy

	// IndexInvalid means that an index is not in the form that Agora writes.
	IndexInvalid

	// TooLarge means that there is more data than the limits allow.
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

// Problem is the reason why a bucket could not be checked. The same cause always has the
// same message, and no message contains a secret. Messages do not quote the service,
// because its texts may repeat what was sent to it.
//
//nolint:errname // It is what a status says, and an error only on the way there.
type Problem struct {
	Kind Kind

	// Message is a text in whole sentences that says what happened and what to do.
	Message string
}

// Error implements error.
func (p *Problem) Error() string { return p.Message }

// Problemf returns a Problem whose message is formatted.
func Problemf(kind Kind, format string, arguments ...any) *Problem {
	return &Problem{Kind: kind, Message: fmt.Sprintf(format, arguments...)}
}
