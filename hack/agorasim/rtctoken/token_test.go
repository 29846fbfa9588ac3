// SPDX-License-Identifier: Apache-2.0

package rtctoken_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim/rtctoken"
)

// The test values of Agora's own token generators.
const (
	certificate = "5CFd2fd1755d40ecb72977518be15d3b"
	channel     = "7d72365eb983485397e3e3f9d460bdda"
	withUser    = "007eJxSYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxoAAAAD//8JqJOM="
	withoutUser = "007eJxSYLhzZP08Lxa1Pg57+TcXb/3cZ3wi4V6kbpbOog0G2dOYk20UGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiQwMgAAAAP//Npwiag=="
)

func TestParseReadsAgorasTokens(t *testing.T) {
	g := NewWithT(t)

	token, err := rtctoken.Parse(withUser)

	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(token).To(And(
		HaveField("AppID", "970CA35de60c44645bbae8a215061b33"), HaveField("Channel", channel), HaveField("UID", "2882341273"),
		HaveField("Privileges", Equal(map[uint16]time.Duration{1: 10 * time.Minute}))))
	g.Expect(token.ExpiresAt()).To(BeTemporally("==", time.Unix(1111111, 0).Add(10*time.Minute)))
	g.Expect(token.IsSignedWith(certificate)).To(BeTrue())
	g.Expect(token.IsSignedWith("6" + certificate[1:])).To(BeFalse())
	g.Expect(token.Admits(channel, "2882341273")).To(BeTrue())
	g.Expect(token.Admits(channel, "2882341274")).To(BeFalse())
	g.Expect(token.Admits("another", "2882341273")).To(BeFalse())
}

func TestParseReadsATokenForAnyUser(t *testing.T) {
	g := NewWithT(t)

	token, err := rtctoken.Parse(withoutUser)

	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(token.IsSignedWith(certificate)).To(BeTrue())
	g.Expect(token.Admits(channel, "1")).To(BeTrue())
	g.Expect(token.Admits("another", "1")).To(BeFalse())
}

func TestATokenForAnythingAdmitsToNothing(t *testing.T) {
	g := NewWithT(t)
	g.Expect(rtctoken.Token{Channel: "*"}.Admits(channel, "1")).To(BeFalse())
}

func TestATokenEndsWithWhatEndsFirst(t *testing.T) {
	begun := time.Unix(1111111, 0)
	for name, test := range map[string]struct {
		lifetime, join, want time.Duration
	}{
		"its lifetime":            {time.Hour, 2 * time.Hour, time.Hour},
		"the privilege to join":   {2 * time.Hour, time.Hour, time.Hour},
		"no privilege to join":    {2 * time.Hour, 0, 0},
		"a day, whatever it says": {48 * time.Hour, 48 * time.Hour, 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			token := rtctoken.Token{IssuedAt: begun, Lifetime: test.lifetime, Privileges: map[uint16]time.Duration{1: test.join}}
			g.Expect(token.ExpiresAt()).To(BeTemporally("==", begun.Add(test.want)))
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("\x01\x00s\x01\x00a"))
	f.Fuzz(func(t *testing.T, content []byte) {
		g := NewWithT(t)
		var compressed bytes.Buffer
		writer := zlib.NewWriter(&compressed)
		_, err := writer.Write(content)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(writer.Close()).To(Succeed())
		if token, err := rtctoken.Parse("007" + base64.StdEncoding.EncodeToString(compressed.Bytes())); err == nil {
			g.Expect(token.IsSignedWith(certificate)).To(BeFalse())
		}
	})
}

func TestParseRefusesWhatIsNoToken(t *testing.T) {
	for _, text := range []string{"", "006abc", "007", "007!", "007eJxS", withUser[:60]} {
		_, err := rtctoken.Parse(text)
		NewWithT(t).Expect(err).To(HaveOccurred(), text)
	}
}
