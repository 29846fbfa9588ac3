// SPDX-License-Identifier: Apache-2.0

package main

import "fmt"

// sections are the rows of the dashboard. Current problems come first, and explanations follow.
func sections() []section {
	return []section{now(), recordings(), budgets(), agora(), uploads(), notifications(), operator()}
}

func now() section {
	return section{"What is being paid or lost now", []panel{
		number{
			title: "Running", description: "Recordings that are recorded at present.", unit: unitCount,
			expression: `sum(cloudrecording_recordings{phase="Recording"})`,
		},
		number{
			title: "Stop overdue", description: "The longest that a recording has been wanted to stop. It is billed until it has ended.", unit: unitSeconds,
			expression: `max(cloudrecording_stop_overdue_seconds)`, color: colorAlarm, from: 300,
		},
		number{
			title: "Need a person", description: "Recordings that are stalled. They say in Ready what to do.", unit: unitCount,
			expression: `sum(cloudrecording_recordings_stalled)`, color: colorWarning, from: 1,
		},
		number{
			title: "Files missing", description: "Recordings whose files are all uploaded, as Agora says, and are not all in the bucket.", unit: unitCount,
			expression: `sum(cloudrecording_uploads_contradicted)`, color: colorAlarm, from: 1,
		},
		number{
			title: "Expiring", description: "Recordings whose control window or token is nearly over.", unit: unitCount,
			expression: `sum(cloudrecording_recordings_expiring)`, color: colorWarning, from: 1,
		},
		number{
			title: "Leaders", description: "Replicas that lead, one for each shard. Without one, nothing is started or stopped.", unit: unitCount,
			expression: `sum(leader_election_master_status{name=~"cloudrecording-operator.*"})`, color: colorAlarm, from: 1, isWanted: true,
		},
	}}
}

func recordings() section {
	return section{"Recordings", []panel{
		graph{
			title: "Recordings by phase", description: "Without those that are completed, which would hide the others.", unit: unitCount, isStacked: true,
			queries: []query{{`sum by (phase) (cloudrecording_recordings{phase!="Completed"})`, "{{phase}}"}},
		},
		graph{
			title: "Recordings that need a person, by reason", description: "The reason of their condition Stalled.", unit: unitCount, isStacked: true,
			queries: []query{{`sum by (reason) (cloudrecording_recordings_stalled) > 0`, "{{reason}}"}},
		},
		graph{
			title: "Stop overdue", description: "The longest that a recording has been wanted to stop. It is billed until it has ended.", unit: unitSeconds,
			queries: []query{{`max(cloudrecording_stop_overdue_seconds)`, "longest wait"}},
		},
		graph{
			title: "How long stops take", description: "From the first try until the recording is known to have ended.", unit: unitSeconds,
			queries: quantiles("cloudrecording_stop_duration_seconds"),
		},
		graph{
			title: "Recorded in the past hour, by namespace", description: "All of the time of the sessions that have ended.", unit: unitSeconds, isStacked: true,
			queries: []query{{`sum by (namespace, mode) (increase(cloudrecording_recorded_seconds_total[1h])) > 0`, "{{namespace}} {{mode}}"}},
		},
		graph{
			title: "Unowned recordings, by namespace", description: "Agora sends notifications about them, but no object owns them. The namespace is that of the Secret that signs.", unit: unitCount, isStacked: true,
			queries: []query{{`max by (namespace) (cloudrecording_unowned_recordings)`, "{{namespace}}"}},
		},
	}}
}

func budgets() section {
	return section{"Budgets and capacity of accounts", []panel{
		graph{
			title: "Budget used, by account", description: "What each account sends, of what it may send at present. That is less than its limit after Agora has answered 429.", unit: unitShare,
			queries: []query{{
				`sum by (account) (rate(cloudrecording_agora_budget_used_total[$__rate_interval])) / max by (account) (cloudrecording_agora_budget_rate)`, "{{account}}",
			}},
		},
		graph{
			title: "Requests that wait, by account", description: "Waiting stops are billed, and waiting starts lose what they were to record.", unit: unitCount, isStacked: true,
			queries: []query{{`sum by (account, priority) (cloudrecording_agora_budget_waiting) > 0`, "{{account}} {{priority}}"}},
		},
		graph{
			title: "Capacity used, by account", description: "Recordings that run, of those that the key maxRecordings of the account's Secret allows.", unit: unitShare,
			queries: []query{{
				`max by (account) (cloudrecording_account_recordings) / max by (account) (cloudrecording_account_recordings_limit)`, "{{account}}",
			}},
		},
		graph{
			title: "Recordings that wait for capacity, by account", description: "What happens in their channels meanwhile is lost.", unit: unitCount, isStacked: true,
			queries: []query{{`max by (account) (cloudrecording_account_recordings_waiting)`, "{{account}}"}},
		},
	}}
}

func agora() section {
	return section{"Agora", []panel{
		graph{
			title: "How long Agora takes, by method", description: "19 of 20 requests take no longer. A stop waits for its upload, for 20 seconds at the most.", unit: unitSeconds,
			queries: []query{{quantile("0.95", "cloudrecording_agora_request_duration_seconds", "method"), "{{method}}"}},
		},
		graph{
			title: "What Agora answers, but for successes", description: "NotKnown is no answer, or none that says what became of the request. NotFound is common after the end of a recording.", unit: unitRequests, isStacked: true,
			queries: []query{{
				`sum by (method, result) (rate(cloudrecording_agora_requests_total{result!="Succeeded"}[$__rate_interval])) > 0`, "{{method}} {{result}}",
			}},
		},
	}}
}

func uploads() section {
	return section{"Uploads", []panel{
		graph{
			title: "Uploads confirmed in the past hour, by evidence", description: "The reason of the condition Uploaded.", unit: unitCount, isStacked: true,
			queries: []query{{`sum by (evidence) (increase(cloudrecording_uploads_confirmed_total[1h]))`, "{{evidence}}"}},
		},
		graph{
			title: "How long it takes to confirm an upload", description: "From the end of a recording until there is evidence.", unit: unitSeconds,
			queries: quantiles("cloudrecording_upload_confirm_duration_seconds"),
		},
		graph{
			title: "Uploads in doubt", description: "Agora deletes its copy within 72 hours.", unit: unitCount,
			queries: []query{
				{`sum(cloudrecording_uploads_contradicted)`, "files missing in the bucket"},
				{`sum(cloudrecording_recordings_stalled{reason="UploadNotConfirmed"})`, "not confirmed in time"},
			},
		},
		graph{
			title: "What buckets show", description: "Looks into buckets in the past hour, by what they showed.", unit: unitCount, isStacked: true,
			queries: []query{{`sum by (result) (increase(cloudrecording_storage_verifications_total[1h]))`, "{{result}}"}},
		},
	}}
}

func notifications() section {
	return section{"Notifications", []panel{
		graph{
			title: "Notifications by what became of them", description: "Agora tries those again that were not answered with 200, some times.", unit: unitRequests, isStacked: true,
			queries: []query{{`sum by (result) (rate(cloudrecording_notifications_total[$__rate_interval])) > 0`, "{{result}}"}},
		},
		graph{
			title: "How long it takes to answer a notification", description: "Agora waits for ten seconds.", unit: unitSeconds,
			queries: quantiles("cloudrecording_notification_duration_seconds"),
		},
		graph{
			title: "Notifications that no status shows yet", unit: unitCount,
			description: "They are in the journal. What is given up is only in the log; what is unreadable is lost.",
			queries: []query{
				{`sum(cloudrecording_notifications_pending)`, "pending"},
				{`sum(increase(cloudrecording_notifications_given_up_total[1h]))`, "given up in the past hour"},
				{`sum(increase(cloudrecording_notifications_unreadable_total[1h]))`, "unreadable in the past hour"},
			},
		},
		graph{
			title: "How full the journal is", description: "The share of the namespace that has filled most of its own. At 100 % its notifications are refused.", unit: unitShare,
			queries: []query{{`max(cloudrecording_notifications_journal_fullness)`, "fullest share"}},
		},
	}}
}

func operator() section {
	return section{"Operator", []panel{
		graph{
			title: "Statuses that cannot be written", description: "Nothing is started or updated meanwhile.", unit: unitCount,
			queries: []query{{`sum(cloudrecording_statuses_not_written)`, "statuses"}},
		},
		graph{
			title: "Reconciles by result", unit: "ops", isStacked: true,
			description: "Errors are tried again. Each is in the log.",
			queries:     []query{{`sum by (controller, result) (rate(controller_runtime_reconcile_total[$__rate_interval])) > 0`, "{{controller}} {{result}}"}},
		},
	}}
}

// quantiles returns queries of the median and the 95th percentile of a histogram.
func quantiles(histogram string) []query {
	return []query{{quantile("0.5", histogram, ""), "half of them"}, {quantile("0.95", histogram, ""), "19 of 20"}}
}

// quantile returns a query of a quantile of a histogram, by a label if one is given.
func quantile(q, histogram, by string) string {
	if by != "" {
		by += ", "
	}
	return fmt.Sprintf("histogram_quantile(%s, sum by (%sle) (rate(%s_bucket[$__rate_interval])))", q, by, histogram)
}
