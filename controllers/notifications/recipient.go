// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"context"

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
}

// Directory finds recordings.
type Directory interface {
	// Recipients returns the recordings with a sid, of all namespaces. An error
	// says that they could not be looked up, not that there are none. It must not
	// hold the sid: it is logged before the signature is checked.
	Recipients(ctx context.Context, sid string) ([]Recipient, error)

	// Starting returns the recordings of a channel and a recorder's user ID, of all
	// namespaces, that are being started and whose sid is not known. Its errors
	// are as those of Recipients.
	Starting(ctx context.Context, cname, uid string) ([]Recipient, error)
}
