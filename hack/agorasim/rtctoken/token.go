// SPDX-License-Identifier: Apache-2.0

package rtctoken

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

const (
	version     = "007"
	serviceRTC  = 1
	joinChannel = 1

	// maxLifetime is the maximum lifetime of a token, whatever the token says.
	maxLifetime = 24 * time.Hour

	// maxContent limits the decompressed size of a token.
	maxContent = 64 << 10
)

// Token is the content of a token for a channel. Only the RTC service is read, which is
// the first one if it is present.
type Token struct {
	AppID    string
	IssuedAt time.Time
	Lifetime time.Duration

	// Channel and UID are the channel and the user that it admits. Empty or * means any.
	Channel, UID string
	// Privileges are how long each privilege is granted from the time of issue, by
	// number.
	Privileges map[uint16]time.Duration

	issuedAt, salt     []byte
	signature, message []byte
}

// Parse parses a token without checking its signature.
func Parse(text string) (Token, error) {
	content, err := decompress(text)
	if err != nil {
		return Token{}, err
	}
	whole := &reader{left: content}
	token := Token{signature: whole.text()}
	token.message = slices.Clone(whole.left)
	token.AppID = string(whole.text())
	token.issuedAt = whole.take(4)
	token.IssuedAt = time.Unix(int64(number(token.issuedAt)), 0).UTC()
	token.Lifetime = whole.seconds()
	token.salt = whole.take(4)
	services, service := whole.short(), whole.short()
	if whole.failed || services == 0 || service != serviceRTC {
		return Token{}, errors.New("the token is cut off, or is not for RTC")
	}
	token.Privileges = map[uint16]time.Duration{}
	for range whole.short() {
		privilege := whole.short()
		token.Privileges[privilege] = whole.seconds()
	}
	token.Channel, token.UID = string(whole.text()), string(whole.text())
	if whole.failed {
		return Token{}, errors.New("the token is cut off")
	}
	return token, nil
}

func decompress(text string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(text, version)
	if !ok {
		return nil, errors.New("the token does not begin with " + version)
	}
	compressed, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("decode the token: %w", err)
	}
	decompressor, err := zlib.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, fmt.Errorf("decompress the token: %w", err)
	}
	content, err := io.ReadAll(io.LimitReader(decompressor, maxContent))
	if err != nil {
		return nil, fmt.Errorf("decompress the token: %w", err)
	}
	return content, nil
}

// IsSignedWith reports whether the token, with all its content, was signed with an App
// Certificate.
func (t Token) IsSignedWith(certificate string) bool {
	key := hash(t.salt, hash(t.issuedAt, []byte(certificate)))
	return hmac.Equal(t.signature, hash(key, t.message))
}

func hash(key, data []byte) []byte {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(data) // never fails
	return mac.Sum(nil)
}

// Admits reports whether the token is valid for a user of a channel. The token may allow
// any channel or any user, but not both.
func (t Token) Admits(channel, uid string) bool {
	if t.Channel == channel {
		return isWildcard(t.UID) || t.UID == uid
	}
	return isWildcard(t.Channel) && t.UID == uid
}

func isWildcard(text string) bool { return text == "" || text == "*" }

// ExpiresAt returns when a user with the token has to leave the channel: when the token
// or the privilege to join expires.
func (t Token) ExpiresAt() time.Time {
	return t.IssuedAt.Add(min(t.Lifetime, t.Privileges[joinChannel], maxLifetime))
}

// reader reads the parts of a token. Integers are little-endian.
type reader struct {
	left   []byte
	failed bool
}

func (r *reader) take(length int) []byte {
	if length > len(r.left) {
		r.failed, r.left = true, nil
		return make([]byte, length)
	}
	taken := r.left[:length]
	r.left = r.left[length:]
	return taken
}

func (r *reader) short() uint16          { return binary.LittleEndian.Uint16(r.take(2)) }
func (r *reader) text() []byte           { return r.take(int(r.short())) }
func (r *reader) seconds() time.Duration { return time.Duration(number(r.take(4))) * time.Second }

func number(bytes []byte) uint32 { return binary.LittleEndian.Uint32(bytes) }
