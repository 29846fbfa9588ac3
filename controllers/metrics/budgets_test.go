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

	"cloudrecording.dev/operator/controllers/budget"
)

func TestBudgetsAreMeasured(t *testing.T) {
	g := NewWithT(t)
	clock := clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	budgets := budget.New(clock)
	registry := prometheus.NewRegistry()
	metrics, err := NewMetrics(registry)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(metrics.WatchBudgets(budgets)).To(Succeed())

	account := budgets.Account("key", "school/agora", 10)
	for _, owner := range []budget.Owner{"first", "second", "third"} {
		account.Turn(owner, budget.Stop)
	}
	account.Refused("first", 0)
	clock.SetTime(clock.Now().Add(time.Second))
	g.Expect(testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP cloudrecording_agora_budget_limit Requests a second that an account allows.
# TYPE cloudrecording_agora_budget_limit gauge
cloudrecording_agora_budget_limit{account="school/agora"} 10
# HELP cloudrecording_agora_budget_rate Requests a second that an account's budget lets pass at present: less than the limit for a while after Agora answered 429.
# TYPE cloudrecording_agora_budget_rate gauge
cloudrecording_agora_budget_rate{account="school/agora"} 5
# HELP cloudrecording_agora_budget_used_total Requests that an account's budget has let pass, by priority.
# TYPE cloudrecording_agora_budget_used_total counter
cloudrecording_agora_budget_used_total{account="school/agora",priority="acquire"} 0
cloudrecording_agora_budget_used_total{account="school/agora",priority="confirm"} 0
cloudrecording_agora_budget_used_total{account="school/agora",priority="poll"} 0
cloudrecording_agora_budget_used_total{account="school/agora",priority="start"} 0
cloudrecording_agora_budget_used_total{account="school/agora",priority="stop"} 1
cloudrecording_agora_budget_used_total{account="school/agora",priority="stop-again"} 0
# HELP cloudrecording_agora_budget_waiting Requests that wait for their turn in an account's budget, by priority.
# TYPE cloudrecording_agora_budget_waiting gauge
cloudrecording_agora_budget_waiting{account="school/agora",priority="acquire"} 0
cloudrecording_agora_budget_waiting{account="school/agora",priority="confirm"} 0
cloudrecording_agora_budget_waiting{account="school/agora",priority="poll"} 0
cloudrecording_agora_budget_waiting{account="school/agora",priority="start"} 0
cloudrecording_agora_budget_waiting{account="school/agora",priority="stop"} 3
cloudrecording_agora_budget_waiting{account="school/agora",priority="stop-again"} 0
`), "cloudrecording_agora_budget_limit", "cloudrecording_agora_budget_rate",
		"cloudrecording_agora_budget_used_total", "cloudrecording_agora_budget_waiting")).To(Succeed())
}
