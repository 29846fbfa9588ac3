// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

const certificate = "5CFd2fd1755d40ecb72977518be15d3b"

// claims is the content of a token.
type claims struct {
	appID, channel, user string
	issuedAt             time.Time
	lifetime, join       time.Duration
}

// mint returns a token like those of Agora's generators.
func mint(change func(*claims)) string {
	GinkgoHelper()
	c := claims{appID: appID, channel: cname, user: uid, issuedAt: beginning, lifetime: time.Hour, join: time.Hour}
	change(&c)
	order := binary.LittleEndian
	text := func(to []byte, s string) []byte {
		return append(order.AppendUint16(to, uint16(len(s))), s...) //nolint:gosec // the texts of specs are short
	}
	seconds := func(to []byte, d time.Duration) []byte {
		return order.AppendUint32(to, uint32(d/time.Second)) //nolint:gosec // specs take a few days
	}
	issuedAt, salt := seconds(nil, time.Duration(c.issuedAt.Unix())*time.Second), order.AppendUint32(nil, 7)

	message := append(text(nil, c.appID), issuedAt...)
	message = append(seconds(message, c.lifetime), salt...)
	for _, part := range []uint16{1, 1, 1, 1} { // services, RTC, privileges, join
		message = order.AppendUint16(message, part)
	}
	message = text(text(seconds(message, c.join), c.channel), c.user)

	hash := func(key, data []byte) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write(data)
		return mac.Sum(nil)
	}
	signature := hash(hash(salt, hash(issuedAt, []byte(certificate))), message)
	var compressed bytes.Buffer
	writer := zlib.NewWriter(&compressed)
	_, err := writer.Write(append(text(nil, string(signature)), message...))
	Expect(err).NotTo(HaveOccurred())
	Expect(writer.Close()).To(Succeed())
	return "007" + base64.StdEncoding.EncodeToString(compressed.Bytes())
}

var _ = Describe("A project with an App Certificate", func() {
	certified := func(o *agorasim.Options) { o.AppCertificates = map[string]string{appID: certificate} }
	with := func(token string) func(members) {
		return func(request members) { request["token"] = token }
	}
	minted := func(change func(*claims)) func(members) { return with(mint(change)) }

	DescribeTable("has a recorder come up with a token", func(mode string, change func(members)) {
		s := newService(certified)
		r := s.started(mode, change)
		s.clock.Step(time.Minute)
		Expect(s.now(r)).To(SatisfyAll(HaveField("Running", true), HaveField("StartFailure", BeEmpty())))
	},
		Entry("for its channel and user", recorder.ModeMix, minted(func(*claims) {})),
		Entry("for any user of its channel", recorder.ModeIndividual, minted(func(c *claims) { c.user = "" })),
		Entry("for its user in any channel", recorder.ModeMix, minted(func(c *claims) { c.channel = "*" })),
		Entry("of any kind, for a page", recorder.ModeWeb, with("none")),
	)

	DescribeTable("has none come up, without a file, with a token", func(change func(members)) {
		s := newService(certified)
		r := s.started(recorder.ModeMix, change)
		Expect(r.StartFailure).To(Equal(recorder.StartFailureToken))
		s.clock.Step(time.Minute)
		Expect(s.query(r)).To(beNotFound())
		Expect(s.now(r).Files).To(BeEmpty())
	},
		Entry("that is missing", func(members) {}),
		Entry("that is none", with("none")),
		Entry("for another project", minted(func(c *claims) { c.appID = "another" })),
		Entry("for another channel", minted(func(c *claims) { c.channel = "another" })),
		Entry("for another user", minted(func(c *claims) { c.user = "1" })),
		Entry("for any user of any channel", minted(func(c *claims) { c.channel, c.user = "", "" })),
		Entry("that has expired", minted(func(c *claims) { c.issuedAt = beginning.Add(-time.Hour) })),
		Entry("that does not let it join", minted(func(c *claims) { c.join = 0 })),
	)

	It("takes no token that another certificate has signed", func() {
		s := newService(certified)
		s.SetAppCertificates(map[string]string{appID: "6" + certificate[1:]})
		Expect(s.started(recorder.ModeMix, minted(func(*claims) {})).StartFailure).To(Equal(recorder.StartFailureToken))
	})

	DescribeTable("has a recorder end when its token does", func(after time.Duration, change func(*claims)) {
		s := newService(certified)
		r := s.started(recorder.ModeMix, minted(change))
		s.clock.Step(after - time.Nanosecond)
		Expect(s.now(r).Running).To(BeTrue())
		s.clock.Step(30 * time.Minute)
		Expect(s.now(r)).To(SatisfyAll(HaveField("Running", false), HaveField("StoppedAt", beginning.Add(after))))
	},
		Entry("by its lifetime", time.Hour, func(*claims) {}),
		Entry("by the privilege to join", 20*time.Minute, func(c *claims) { c.join = 20 * time.Minute }),
		Entry("after a day, whatever it says", 24*time.Hour, func(c *claims) { c.lifetime, c.join = 48*time.Hour, 48*time.Hour }),
	)

	It("can have tokens be read by the clock whose time is sped up", func() {
		s := newService(certified, func(o *agorasim.Options) { o.Speed, o.StateClockTime = 15, true })
		s.clock.Step(30 * time.Minute)
		r := s.started(recorder.ModeMix, minted(func(*claims) {}))
		s.clock.Step(30*time.Minute - time.Second)
		Expect(s.now(r).Running).To(BeTrue())
		s.clock.Step(time.Second)
		Expect(s.now(r)).To(SatisfyAll(HaveField("Running", false), HaveField("StoppedAt", beginning.Add(15*time.Hour))))
	})

	It("ends nothing that an empty channel has ended before", func() {
		s := newService(certified)
		r := s.started(recorder.ModeMix, minted(func(*claims) {}))
		Expect(s.LeaveChannel(r.SID)).To(Succeed())
		s.clock.Step(24 * time.Hour)
		Expect(s.now(r).StoppedAt).To(Equal(beginning.Add(5 * time.Minute)))
	})
})
