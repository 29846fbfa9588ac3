// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/types"
)

// Recipient is a recording that a notification can be about.
type Recipient struct {
	// Name is the name of its object.
	Name types.NamespacedName

	// UID distinguishes the object from an earlier one of the same name.
	UID types.UID

	// Secret signs its notifications. It is empty if the recording's Secret contains
	// none, and then no signature is valid.
	Secret []byte

	// Unreadable is why its Secret could not be read, if that was tried. Another attempt
	// may show whether it signed.
	Unreadable error

	// Starting is true if, as far as this replica knows, the recording is being started
	// or about to be, and its sid is not known.
	Starting bool
}

// ErrAskedTooOften means that the API server was not asked because there were too many
// requests recently.
var ErrAskedTooOften = errors.New("too many notifications came about recordings of which this replica has not heard: Agora sends it again")

// RecipientFinder finds recordings.
type RecipientFinder interface {
	// Recipients returns the recordings with a sid, in all namespaces. An error means
	// that the lookup failed, not that there are none. It must not contain the sid,
	// because it is logged before the signature is checked.
	Recipients(ctx context.Context, sid string) ([]Recipient, error)

	// Starting returns the recordings of a channel and a recorder's user ID, in all
	// namespaces, that are being started and whose sid is not known. Its errors are like
	// those of Recipients.
	Starting(ctx context.Context, cname, uid string) ([]Recipient, error)

	// Beginning returns the recordings of a channel, in all namespaces, that may have
	// been started since this replica last saw them. Its errors are like those of
	// Recipients.
	Beginning(ctx context.Context, cname string) ([]Recipient, error)

	// Signers returns the namespaces whose secrets, as far as this replica knows them,
	// signed a notification.
	Signers(hasSigned func(secret []byte) bool) []string

	// Claimants asks the API server, which may know more than this replica, for the
	// recordings of a channel that have a sid or may get it. The requests for each
	// signing namespace are limited, and so are those for all notifications without a
	// known signer. Beyond the limit, it returns ErrAskedTooOften. Its other errors are
	// like those of Recipients.
	Claimants(ctx context.Context, cname, sid string, signers []string) ([]Claimant, error)
}

// Claimant is a recording with its relation to a sid.
type Claimant struct {
	Recipient

	// Standing is the relation to the sid.
	Standing Standing
}

// Standing is the relation of a recording to a sid.
type Standing int

const (
	// Unrelated means that the recording neither has the sid nor can get it.
	Unrelated Standing = iota

	// Owner means that the recording has the sid.
	Owner

	// Undecided means that the recording is being started and may get the sid.
	Undecided
)
