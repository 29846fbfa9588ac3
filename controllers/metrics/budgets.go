// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"cloudrecording.dev/operator/controllers/budget"
)

// WatchBudgets registers metrics of the accounts' budgets. An account is named after its
// Secret. Its metrics disappear some minutes after its last use.
func (m *Metrics) WatchBudgets(budgets *budget.Budgets) error {
	collector := &budgetsCollector{
		budgets: budgets,
		used: prometheus.NewDesc("cloudrecording_agora_budget_used_total",
			"Requests that an account's budget has let pass, by priority.", []string{"account", "priority"}, nil),
		waiting: prometheus.NewDesc("cloudrecording_agora_budget_waiting",
			"Requests that wait for their turn in an account's budget, by priority.", []string{"account", "priority"}, nil),
		rate: prometheus.NewDesc("cloudrecording_agora_budget_rate",
			"Requests a second that an account's budget lets pass at present: less than the limit for a while after Agora answered 429.",
			[]string{"account"}, nil),
		limit: prometheus.NewDesc("cloudrecording_agora_budget_limit",
			"Requests a second that an account allows.", []string{"account"}, nil),
	}
	if err := m.registerer.Register(collector); err != nil {
		return fmt.Errorf("register the metrics of budgets: %w", err)
	}
	return nil
}

// budgetsCollector collects the metrics of the accounts' budgets.
type budgetsCollector struct {
	budgets *budget.Budgets
	used    *prometheus.Desc
	waiting *prometheus.Desc
	rate    *prometheus.Desc
	limit   *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c *budgetsCollector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- c.used
	descriptions <- c.waiting
	descriptions <- c.rate
	descriptions <- c.limit
}

// Collect implements prometheus.Collector.
func (c *budgetsCollector) Collect(collected chan<- prometheus.Metric) {
	for _, usage := range c.budgets.Usage() {
		account := string(usage.Source)
		collected <- prometheus.MustNewConstMetric(c.rate, prometheus.GaugeValue, usage.Rate, account)
		collected <- prometheus.MustNewConstMetric(c.limit, prometheus.GaugeValue, usage.Limit, account)
		for priority, used := range usage.Used {
			collected <- prometheus.MustNewConstMetric(c.used, prometheus.CounterValue, float64(used), account, priority.String())
		}
		for priority, waiting := range usage.Waiting {
			collected <- prometheus.MustNewConstMetric(c.waiting, prometheus.GaugeValue, float64(waiting), account, priority.String())
		}
	}
}
