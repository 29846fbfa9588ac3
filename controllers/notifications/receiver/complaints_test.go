// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"errors"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	testingclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
)

var _ = Describe("complaints", func() {
	It("are logged so often as somebody can want to read, with how many were not", func() {
		logs := gbytes.NewBuffer()
		clock := testingclock.NewFakePassiveClock(time.Unix(1611566412, 0))
		complaints := newComplaints(zap.New(zap.WriteTo(logs)), clock)
		lines := func() int { return strings.Count(string(logs.Contents()), "\n") }

		for range 100 {
			complaints.about(verdict{}.refuse(Forged, errors.New("the cause")), "192.0.2.1:4711")
		}
		Expect(lines()).To(Equal(complaintBurst))
		Expect(logs).To(gbytes.Say(`"result":"forged","from":"192.0.2.1:4711","cause":"the cause"`))

		By("counting each result for itself")
		complaints.about(verdict{verifiedSID: lessonSID}.refuse(Unavailable, errors.New("another")), "192.0.2.1:4711")
		Expect(lines()).To(Equal(complaintBurst + 1))
		Expect(logs).To(gbytes.Say(`"sid":"` + lessonSID + `"`))

		By("counting each namespace that has signed for itself")
		of := verdict{verifiedSID: lessonSID, verifiedNamespace: "college"}
		complaints.about(of.refuse(Forged, errors.New("the cause")), "192.0.2.1:4711")
		Expect(lines()).To(Equal(complaintBurst + 2))
		Expect(logs).To(gbytes.Say(`"namespace":"college"`))

		By("going on after a while")
		clock.SetTime(clock.Now().Add(complaintInterval))
		complaints.about(verdict{}.refuse(Forged, errors.New("the cause")), "192.0.2.1:4711")
		Expect(lines()).To(Equal(complaintBurst + 3))
		Expect(logs).To(gbytes.Say(`"alikeNotLogged":95`))
	})

	It("are none where all is well", func() {
		logs := gbytes.NewBuffer()
		complaints := newComplaints(zap.New(zap.WriteTo(logs)), testingclock.NewFakePassiveClock(time.Now()))
		complaints.about(verdict{}.accept(Accepted), "192.0.2.1:4711")
		Expect(logs.Contents()).To(BeEmpty())
	})
})
