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

	// UID tells it from an object of the same name that was there before.
	UID types.UID

	// Secret signs its notifications. It is empty if the recording's Secret
	// holds none, and then no signature is valid.
	Secret []byte

	// Unreadable says why its Secret could not be read, if that was tried: another
	// try may tell whether it has signed.
	Unreadable error

	// Starting says that it is being started, or about to be, and that its sid is not
	// known, as far as this replica has heard.
	Starting bool
}

// ErrAskedTooOften says that the API server is not asked, since it was too often of late.
var ErrAskedTooOften = errors.New("too many notifications came about recordings of which this replica has not heard: Agora sends it again")

// RecipientFinder finds recordings.
type RecipientFinder interface {
	// Recipients returns the recordings with a sid, of all namespaces. An error
	// says that they could not be looked up, not that there are none. It must not
	// hold the sid: it is logged before the signature is checked.
	Recipients(ctx context.Context, sid string) ([]Recipient, error)

	// Starting returns the recordings of a channel and a recorder's user ID, of all
	// namespaces, that are being started and whose sid is not known. Its errors
	// are as those of Recipients.
	Starting(ctx context.Context, cname, uid string) ([]Recipient, error)

	// Beginning returns the recordings of a channel, of all namespaces, that may have
	// been started since this replica heard of them last. Its errors are as those of
	// Recipients.
	Beginning(ctx context.Context, cname string) ([]Recipient, error)

	// Signers returns the namespaces of the secrets that this replica knows and that
	// have signed a notification.
	Signers(hasSigned func(secret []byte) bool) []string

	// Claimants asks the API server, which knows more than this replica may have
	// heard, for the recordings of a channel that have a sid or may get it. Each of the
	// signers' namespaces may ask so often, and so may all together whom nobody known
	// has signed for; then it is ErrAskedTooOften. Its other errors are as those of
	// Recipients.
	Claimants(ctx context.Context, cname, sid string, signers []string) ([]Claimant, error)
}

// Claimant is a recording that has something to do with a sid.
type Claimant struct {
	Recipient

	// Standing is what it has to do with it.
	Standing Standing
}

// Standing is what a recording has to do with a sid.
type Standing int

const (
	// Unrelated has nothing to do with it.
	Unrelated Standing = iota

	// Owner has it.
	Owner

	// Undecided is being started, and may get it.
	Undecided
)
