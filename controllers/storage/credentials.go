// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"fmt"
	"log/slog"
)

// Credentials is the key that the bucket is read with. It never shows itself in
// a text.
type Credentials struct {
	// AccessKey is the ID of the key; with Microsoft Azure the name of the
	// storage account.
	AccessKey string

	// SecretKey is the key itself.
	SecretKey string

	// StsToken goes with a key that is valid for a while only.
	StsToken string
}

var (
	_ fmt.Stringer   = Credentials{}
	_ fmt.GoStringer = Credentials{}
	_ slog.LogValuer = Credentials{}
)

const hidden = "[hidden]"

// String implements fmt.Stringer.
func (Credentials) String() string { return hidden }

// GoString implements fmt.GoStringer.
func (Credentials) GoString() string { return hidden }

// LogValue implements slog.LogValuer.
func (Credentials) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalLog implements logr.Marshaler.
func (Credentials) MarshalLog() any { return hidden }

// MarshalText keeps encoders from showing the key.
func (Credentials) MarshalText() ([]byte, error) { return []byte(hidden), nil }
