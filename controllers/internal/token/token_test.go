// SPDX-License-Identifier: Apache-2.0

package token

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

const (
	vectorAppID       = "970CA35de60c44645bbae8a215061b33"
	vectorCertificate = "5CFd2fd1755d40ecb72977518be15d3b"
)

func vectorClaims() Claims {
	return Claims{
		AppID: vectorAppID, Channel: "7d72365eb983485397e3e3f9d460bdda", UID: "2882341273",
		IssuedAt: time.Unix(1111111, 0), Lifetime: 10 * time.Minute, Salt: 1,
	}
}

// decompress returns the content of a token. Compressors differ, so only the content can be
// compared.
func decompress(t testing.TB, token string) []byte {
	t.Helper()
	g := NewWithT(t)
	encoded, isVersion2 := strings.CutPrefix(token, "007")
	g.Expect(isVersion2).To(BeTrue())
	compressed, err := base64.StdEncoding.DecodeString(encoded)
	g.Expect(err).NotTo(HaveOccurred())
	reader, err := zlib.NewReader(bytes.NewReader(compressed))
	g.Expect(err).NotTo(HaveOccurred())
	content, err := io.ReadAll(reader)
	g.Expect(err).NotTo(HaveOccurred())
	return content
}

func TestMintMakesThePublishedToken(t *testing.T) {
	const published = "007eJxSYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxoAAAAD//8JqJOM="
	g := NewWithT(t)

	token, err := Mint(vectorCertificate, vectorClaims())

	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(decompress(t, token)).To(Equal(decompress(t, published)))
}

func TestMintMakesTheBytesOfTheSpecification(t *testing.T) {
	const (
		signature = "844a4b44a5834166938547a44bc1e3943d1f0f00fe9e3bed260004f870e58880"
		message   = "2000393730434133356465363063343436343562626165386132313530363162333300d2496b805101004e61bc000100010001000100805101000500726f6f6d310600353237383431"
	)
	g := NewWithT(t)

	token, err := Mint(vectorCertificate, Claims{
		AppID: vectorAppID, Channel: "room1", UID: "527841",
		IssuedAt: time.Unix(1800000000, 0), Lifetime: MaxLifetime, Salt: 12345678,
	})

	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(hex.EncodeToString(decompress(t, token))).To(Equal("2000" + signature + message))
}

func TestMintRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		certificate string
		change      func(*Claims)
		want        string
	}{
		"a short certificate":              {certificate: vectorCertificate[1:], want: "the App Certificate is not 32 hexadecimal digits"},
		"a certificate with other letters": {certificate: "g" + vectorCertificate[1:], want: "the App Certificate is not 32 hexadecimal digits"},
		"another App ID":                   {change: func(c *Claims) { c.AppID = "project" }, want: "the App ID is not 32 hexadecimal digits"},
		"any channel":                      {change: func(c *Claims) { c.Channel = "" }, want: "would admit to any"},
		"any user":                         {change: func(c *Claims) { c.UID = "" }, want: "would admit to any"},
		"any user, by number":              {change: func(c *Claims) { c.UID = "0" }, want: "would admit to any"},
		"a long channel":                   {change: func(c *Claims) { c.Channel = strings.Repeat("c", 1<<16) }, want: "too long"},
		"no time of issue":                 {change: func(c *Claims) { c.IssuedAt = time.Time{} }, want: "cannot be issued at 0001-01-01T00:00:00Z"},
		"no lifetime":                      {change: func(c *Claims) { c.Lifetime = 0 }, want: "cannot be valid for 0s"},
		"a lifetime in the past":           {change: func(c *Claims) { c.Lifetime = -time.Hour }, want: "cannot be valid for -1h0m0s"},
		"more than a day":                  {change: func(c *Claims) { c.Lifetime = MaxLifetime + time.Second }, want: "cannot be valid for 24h0m1s"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			certificate, claims := vectorCertificate, vectorClaims()
			if test.certificate != "" {
				certificate = test.certificate
			}
			if test.change != nil {
				test.change(&claims)
			}

			token, err := Mint(certificate, claims)

			g.Expect(token).To(BeEmpty())
			g.Expect(err).To(MatchError(ContainSubstring(test.want)))
			g.Expect(err.Error()).NotTo(ContainSubstring(certificate))
		})
	}
}

func TestMintIsDeterministicAndSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := NewWithT(rt)
		claims := Claims{
			AppID: rapid.StringMatching(`[0-9a-fA-F]{32}`).Draw(rt, "app ID"), Channel: rapid.StringN(1, 64, 256).Draw(rt, "channel"),
			UID: rapid.StringMatching(`[1-9][0-9]{0,9}`).Draw(rt, "uid"), IssuedAt: time.Unix(rapid.Int64Range(0, 1<<32-1).Draw(rt, "issued at"), 0),
			Lifetime: time.Duration(rapid.Int64Range(1, 86400).Draw(rt, "lifetime")) * time.Second, Salt: rapid.Uint32().Draw(rt, "salt"),
		}
		certificate := rapid.StringMatching(`[0-9a-fA-F]{32}`).Draw(rt, "certificate")

		token, err := Mint(certificate, claims)
		g.Expect(err).NotTo(HaveOccurred())
		again, err := Mint(certificate, claims)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(again).To(Equal(token))
		g.Expect(string(decompress(t, token))).To(And(ContainSubstring(claims.AppID), ContainSubstring(claims.Channel), HaveSuffix(claims.UID)))
		g.Expect(token).NotTo(ContainSubstring(certificate))

		other := claims
		other.Salt++
		salted, err := Mint(certificate, other)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(salted).NotTo(Equal(token), "another salt makes another token")
	})
}

func TestSaltOfIsWithinTheBoundsOfAgorasGenerators(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := NewWithT(rt)
		texts := rapid.SliceOf(rapid.String()).Draw(rt, "texts")
		g.Expect(SaltOf(texts...)).To(And(BeNumerically(">=", 1), BeNumerically("<=", 99_999_998), Equal(SaltOf(texts...))))
	})
	NewWithT(t).Expect(SaltOf("ab", "c")).NotTo(Equal(SaltOf("a", "bc")))
}

func FuzzMint(f *testing.F) {
	f.Add(vectorCertificate, vectorAppID, "room1", "527841", int64(1800000000), int64(86400), uint32(12345678))
	f.Fuzz(func(t *testing.T, certificate, appID, channel, uid string, issuedAt, seconds int64, salt uint32) {
		g := NewWithT(t)
		token, err := Mint(certificate, Claims{
			AppID: appID, Channel: channel, UID: uid, IssuedAt: time.Unix(issuedAt, 0), Lifetime: time.Duration(seconds) * time.Second, Salt: salt,
		})
		if err != nil {
			g.Expect(token).To(BeEmpty())
			return
		}
		const signature, fixed = 2 + 32, 2 + 32 + 3*4 + 4*2 + 4
		g.Expect(decompress(t, token)).To(HaveLen(signature + fixed + 2 + len(channel) + 2 + len(uid)))
	})
}
