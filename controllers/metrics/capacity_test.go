// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/controllers/capacity"
)

func TestCapacityIsMeasured(t *testing.T) {
	g := NewWithT(t)
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	places := capacity.New(clocktesting.NewFakePassiveClock(now))
	registry := prometheus.NewRegistry()
	metrics, err := NewMetrics(registry)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(metrics.WatchCapacity(places)).To(Succeed())

	key := capacity.Key{Account: "key", AppID: "app"}
	places.State("key", "school/agora", 1)
	places.State("other", "university/agora", 0)
	places.Open()
	places.Note(key, capacity.Request{Owner: "running", OpensAt: now}, 1, false)
	g.Expect(places.Take(key, capacity.Request{Owner: "waiting", OpensAt: now}).Waits).To(BeTrue())
	g.Expect(testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP cloudrecording_account_recordings Recordings that run or may run for an account, of the App ID for which most do.
# TYPE cloudrecording_account_recordings gauge
cloudrecording_account_recordings{account="school/agora"} 1
cloudrecording_account_recordings{account="university/agora"} 0
# HELP cloudrecording_account_recordings_limit Recordings that an account's Secret allows to run for each App ID at once, where it says so.
# TYPE cloudrecording_account_recordings_limit gauge
cloudrecording_account_recordings_limit{account="school/agora"} 1
# HELP cloudrecording_account_recordings_waiting Recordings of an account whose time has come and that wait for room.
# TYPE cloudrecording_account_recordings_waiting gauge
cloudrecording_account_recordings_waiting{account="school/agora"} 1
cloudrecording_account_recordings_waiting{account="university/agora"} 0
`), "cloudrecording_account_recordings", "cloudrecording_account_recordings_limit", "cloudrecording_account_recordings_waiting")).To(Succeed())
}
