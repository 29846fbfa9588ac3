// SPDX-License-Identifier: Apache-2.0

package token

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"time"
)

// MaxLifetime is the longest lifetime that Agora documents for a token.
const MaxLifetime = 24 * time.Hour

const maxSeconds = int64(MaxLifetime / time.Second)

// The parts of an AccessToken2 that are the same in every token for a recorder.
const (
	version              = "007"
	serviceRTC           = 1
	privilegeJoinChannel = 1
)

// Claims are what a token states.
type Claims struct {
	// AppID is the project that the channel belongs to.
	AppID string
	// Channel and UID are the only channel and user that the token admits.
	Channel string
	UID     string
	// IssuedAt and Lifetime bound when it admits them. Both have a precision of one second.
	IssuedAt time.Time
	Lifetime time.Duration
	// Salt distinguishes tokens of the same second.
	Salt uint32
}

// Errors of Mint. None of them reveals what was given.
var (
	ErrAppID       = errors.New("the App ID is not 32 hexadecimal digits")
	ErrCertificate = errors.New("the App Certificate is not 32 hexadecimal digits")
)

// Mint returns a token that lets one user join one channel, signed with the App
// Certificate of the project.
func Mint(certificate string, claims Claims) (string, error) {
	if !IsKey(claims.AppID) {
		return "", ErrAppID
	}
	if !IsKey(certificate) {
		return "", ErrCertificate
	}
	message, err := claims.message()
	if err != nil {
		return "", err
	}
	content := appendText(nil, string(sign(certificate, claims, message)))
	var compressed bytes.Buffer
	writer := zlib.NewWriter(&compressed)
	if _, err := writer.Write(append(content, message...)); err != nil {
		return "", fmt.Errorf("compress the token: %w", err)
	}
	if err := writer.Close(); err != nil {
		return "", fmt.Errorf("compress the token: %w", err)
	}
	return version + base64.StdEncoding.EncodeToString(compressed.Bytes()), nil
}

// maxSalt is the largest salt that Agora's own generators use; the smallest is 1.
const maxSalt = 99_999_998

// SaltOf returns a salt that is the same for the same texts.
func SaltOf(texts ...string) uint32 {
	hash := fnv.New32a()
	for _, text := range texts {
		_, _ = fmt.Fprintf(hash, "%d:%s", len(text), text) // never fails
	}
	return hash.Sum32()%maxSalt + 1
}

// IsKey reports whether a text has the form of an App ID and of an App Certificate: 32
// hexadecimal digits.
func IsKey(text string) bool {
	if len(text) != 32 {
		return false
	}
	for _, digit := range []byte(text) {
		isHex := '0' <= digit && digit <= '9' || 'a' <= digit && digit <= 'f' || 'A' <= digit && digit <= 'F'
		if !isHex {
			return false
		}
	}
	return true
}

// message returns what is signed. Its integers are little-endian.
func (c Claims) message() ([]byte, error) {
	issuedAt, lifetime := c.IssuedAt.Unix(), int64(c.Lifetime/time.Second)
	switch {
	case c.Channel == "" || c.UID == "" || c.UID == "0":
		return nil, errors.New("a token without a channel or a user would admit to any")
	case len(c.Channel) > math.MaxUint16 || len(c.UID) > math.MaxUint16:
		return nil, errors.New("the channel or the user ID is too long for a token")
	case issuedAt < 0 || issuedAt > math.MaxUint32:
		return nil, fmt.Errorf("a token cannot be issued at %s", c.IssuedAt.UTC().Format(time.RFC3339))
	case lifetime <= 0 || lifetime > maxSeconds:
		return nil, fmt.Errorf("a token cannot be valid for %s", c.Lifetime)
	}
	message := appendText(nil, c.AppID)
	message = binary.LittleEndian.AppendUint32(message, uint32(issuedAt))
	message = binary.LittleEndian.AppendUint32(message, uint32(lifetime))
	message = binary.LittleEndian.AppendUint32(message, c.Salt)
	message = binary.LittleEndian.AppendUint16(message, 1) // services
	message = binary.LittleEndian.AppendUint16(message, serviceRTC)
	message = binary.LittleEndian.AppendUint16(message, 1) // privileges
	message = binary.LittleEndian.AppendUint16(message, privilegeJoinChannel)
	message = binary.LittleEndian.AppendUint32(message, uint32(lifetime))
	message = appendText(message, c.Channel)
	return appendText(message, c.UID), nil
}

// appendText appends a text after its length.
func appendText(to []byte, text string) []byte {
	to = binary.LittleEndian.AppendUint16(to, uint16(len(text))) //nolint:gosec // message refuses longer ones
	return append(to, text...)
}

// sign returns the signature of a message. The certificate is hashed with the issue time
// and then with the salt as keys, and the result is the key for the message.
func sign(certificate string, claims Claims, message []byte) []byte {
	issuedAt := uint32(claims.IssuedAt.Unix()) //nolint:gosec // message refuses later ones
	byTime := hash(binary.LittleEndian.AppendUint32(nil, issuedAt), []byte(certificate))
	bySalt := hash(binary.LittleEndian.AppendUint32(nil, claims.Salt), byTime)
	return hash(bySalt, message)
}

func hash(key, data []byte) []byte {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(data) // never fails
	return mac.Sum(nil)
}
