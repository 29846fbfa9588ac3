// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"fmt"
	"log/slog"
)

// Credentials is the key for reading the bucket. It hides itself in every text.
type Credentials struct {
	// AccessKey is the ID of the key. For Microsoft Azure, it is the name of the storage
	// account.
	AccessKey string

	// SecretKey is the key itself.
	SecretKey string

	// StsToken accompanies a temporary key.
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

// MarshalText prevents encoders from showing the key.
func (Credentials) MarshalText() ([]byte, error) { return []byte(hidden), nil }
