// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// schedule returns a manifest of a schedule after the changes.
func schedule(changes ...func(spec manifest)) *unstructured.Unstructured {
	lesson := recording(starting("mix"))
	spec := manifest{
		"schedules": []any{"0 9 * * MON-FRI"},
		"timeZone":  "Europe/Berlin",
		"duration":  "45m",
		"template":  manifest{"spec": lesson.Object["spec"]},
	}
	all(changes...)(spec)
	object := &unstructured.Unstructured{Object: manifest{"spec": spec}}
	object.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudRecordingSchedule"))
	object.SetNamespace("default")
	object.SetGenerateName("schedule-")
	return object
}

func expressions(all ...any) func(manifest) { return set("schedules", all) }

// inTemplate changes the spec of a schedule's recordings.
func inTemplate(change func(manifest)) func(manifest) {
	return func(spec manifest) {
		template, ok := spec["template"].(manifest)
		Expect(ok).To(BeTrue())
		inner, ok := template["spec"].(manifest)
		Expect(ok).To(BeTrue())
		change(inner)
	}
}

// marked adds a label or an annotation to a schedule's recordings.
func marked(kind, name string, value any) func(manifest) {
	return func(spec manifest) {
		template, ok := spec["template"].(manifest)
		Expect(ok).To(BeTrue())
		template["metadata"] = manifest{kind: manifest{name: value}}
	}
}

var _ = Describe("a schedule", func() {
	const fiveFields = "spec.schedules must hold cron expressions of five fields"

	DescribeTable("is refused with a message that says what to do",
		func(ctx context.Context, change func(manifest), message string) {
			err := api.Create(ctx, schedule(change))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err.Error()).To(ContainSubstring(message))
		},
		Entry("without an expression", expressions(), "spec.schedules"),
		Entry("with seconds", expressions("0 0 9 * * MON"), fiveFields),
		Entry("with four fields", expressions("0 9 * *"), fiveFields),
		Entry("with a word for an expression", expressions("@daily"), fiveFields),
		Entry("with an interval", expressions("@every 1h"), fiveFields),
		Entry("with a minute that there is not", expressions("60 9 * * *"), fiveFields),
		Entry("with an hour that there is not", expressions("0 24 * * *"), fiveFields),
		Entry("with a day of the month that there is not", expressions("0 9 32 * *"), fiveFields),
		Entry("with a month that there is not", expressions("0 9 * 13 *"), fiveFields),
		Entry("with a month that nobody knows", expressions("0 9 * MAI *"), fiveFields),
		Entry("with a Sunday of 7", expressions("0 9 * * 7"), fiveFields),
		Entry("with a step of nothing", expressions("*/0 9 * * *"), fiveFields),
		Entry("with one wrong expression among right ones", expressions("0 9 * * 1", "0 9"), fiveFields),
		Entry("with a zone in an expression", expressions("TZ=UTC 0 9 * * *"), "spec.schedules must not contain TZ= or CRON_TZ=: give the time zone in spec.timeZone"),
		Entry("with a cron zone in an expression", expressions("CRON_TZ=UTC 0 9 * * *"), "must not contain TZ= or CRON_TZ="),
		Entry("on 30 February", expressions("0 9 30 2 *"), "spec.schedules must not name only days that their months do not have"),
		Entry("on 30 and 31 February", expressions("0 9 30,31 FEB ?"), "days that their months do not have"),
		Entry("on the 31st of short months", expressions("0 9 31 apr,6,SEP,11 *"), "days that their months do not have"),
		Entry("with a range of days that ends before it begins", expressions("0 9 * * FRI-MON"), "spec.schedules must not have a range that ends before it begins: write FRI-MON as FRI,SAT,SUN,MON"),
		Entry("with a range of months that ends before it begins", expressions("0 9 * nov-feb *"), "a range that ends before it begins"),
		Entry("with a range of hours over midnight", expressions("0 8,22-2/2 * * *"), "22-2 as 22,23,0-2"),
		Entry("without a zone", unset("timeZone"), "spec.timeZone"),
		Entry("with a zone that leads elsewhere", set("timeZone", "../etc/passwd"), "spec.timeZone must be the name of a time zone in the IANA database"),
		Entry("with the zone of the operator's machine", set("timeZone", "Local"), "spec.timeZone must be the name of a time zone"),
		Entry("without a duration", unset("duration"), "spec.duration"),
		Entry("with a duration of half a minute", set("duration", "30s"), "spec.duration must be a duration in whole seconds from 1m to 168h"),
		Entry("with a duration of two weeks", set("duration", "336h"), "spec.duration must be a duration"),
		Entry("with a duration in words", set("duration", "an hour"), "spec.duration must be a duration"),
		Entry("with a part of a second", set("duration", "60.5s"), "spec.duration must be a duration in whole seconds"),
		Entry("from a time", set("from", "2026-09-01T00:00:00Z"), "spec.from must be a date such as 2030-09-02"),
		Entry("until a day that there is not", set("until", "2026-02-30"), "spec.until must be a date"),
		Entry("until 29 February of another year", set("until", "2027-02-29"), "spec.until must be a date"),
		Entry("until a day before its first", all(set("from", "2026-09-01"), set("until", "2026-08-31")), "spec.until must not be before spec.from"),
		Entry("except a day that there is not", set("except", []any{"2026-12-25", "2026-04-31"}), "spec.except must hold dates such as 2030-12-25"),
		Entry("with an unknown policy", set("concurrencyPolicy", "Allow"), `supported values: "Forbid", "Replace"`),
		Entry("with an unknown ownership", set("ownership", "Orphan"), `supported values: "None", "Schedule"`),
		Entry("with a negative limit", set("successfulHistoryLimit", int64(-1)), "spec.successfulHistoryLimit"),
		Entry("with a window", inTemplate(window("2026-12-01T09:00:00Z", "")), "spec.template.spec.window cannot be set: each occurrence gets its own: give spec.schedules and spec.duration"),
		Entry("of a recording to adopt", inTemplate(all(set("resourceId", "a"), set("sid", "b"))), "a schedule starts recordings and adopts none"),
		Entry("with a state", inTemplate(set("state", "Stopped")), "spec.template.spec.state cannot be set"),
		Entry("with recordings that are suspended", inTemplate(set("suspend", true)), "set spec.suspend of the schedule"),
		Entry("with neither a start nor a profile", inTemplate(unset("start")), "set spec.template.spec.start to start the recordings"),
		Entry("without a channel", inTemplate(unset("cname")), "spec.template.spec.cname"),
		Entry("with a user ID that cannot be", inTemplate(set("uid", "0")), "spec.template.spec.uid must be a whole number"),
		Entry("without credentials", inTemplate(unset("credentialsSecretRef")), "spec.template.spec.credentialsSecretRef is required"),
		Entry("with a bucket in another part of the world", inTemplate(func(spec manifest) {
			start, ok := spec["start"].(manifest)
			Expect(ok).To(BeTrue())
			start["region"] = "CN"
		}), "set spec.template.spec.start.region to"),
		Entry("with a label of the operator's", marked("labels", "cloudrecording.dev/schedule", "a"), "spec.template.metadata.labels must not begin with cloudrecording.dev/"),
		Entry("with a label that cannot be", marked("labels", "school", "a b"), "spec.template.metadata.labels must be labels as Kubernetes has them"),
		Entry("with an annotation that cannot be", marked("annotations", "a b", "c"), "spec.template.metadata.annotations must have names as Kubernetes has them"),
	)

	DescribeTable("is accepted",
		func(ctx context.Context, change func(manifest)) {
			object := schedule(change)
			Expect(api.Create(ctx, object)).To(Succeed())
			Expect(api.Get(ctx, client.ObjectKeyFromObject(object), &v1alpha1.CloudRecordingSchedule{})).To(Succeed(), "Go can read it")
		},
		Entry("with five lessons a week", expressions("0 9 * * 1", "30 10 * * tue", "0 9 * * 3", "0 9 * * THU", "15 14 * * 5")),
		Entry("with lists, ranges and steps", expressions("*/15,7 8-16/2,20 1-7,15 JAN-JUN,9 MON-FRI")),
		Entry("on 29 February", expressions("0 9 29 2 *")),
		Entry("on 30 February or any Monday, as cron has it", expressions("0 9 30 2 MON")),
		Entry("in UTC", set("timeZone", "UTC")),
		Entry("in a zone with a part", set("timeZone", "America/Argentina/Buenos_Aires")),
		Entry("in a zone with a sign", set("timeZone", "Etc/GMT+8")),
		Entry("for a year with holidays", all(set("from", "2026-09-01"), set("until", "2028-02-29"), set("except", []any{"2026-12-25", "2027-01-01"}))),
		Entry("for one day", all(set("from", "2026-09-01"), set("until", "2026-09-01"))),
		Entry("with all limits", all(set("successfulHistoryLimit", int64(0)), set("failedHistoryLimit", int64(3)), set("ownership", "Schedule"), set("concurrencyPolicy", "Replace"))),
		Entry("with labels and annotations", marked("labels", "example.com/school", "north")),
		Entry("with a profile", inTemplate(ofProfile())),
		Entry("with as much as may be", func(spec manifest) {
			var days, times []any
			for range 366 {
				days = append(days, "2026-12-25")
			}
			for range 32 {
				times = append(times, "0 9 "+strings.Repeat("1,", 50)+"2 * *")
			}
			spec["except"], spec["schedules"] = days, times
		}),
	)

	It("has a name that leaves room for those of its recordings", func(ctx context.Context) {
		object := schedule()
		object.SetName(strings.Repeat("a", 51))
		Expect(api.Create(ctx, object)).To(MatchError(And(
			ContainSubstring(": metadata: Invalid value"), ContainSubstring("metadata.name of a CloudRecordingSchedule must not be longer than 50 characters"))))
		object.SetName(strings.Repeat("a", 50))
		Expect(api.Create(ctx, object)).To(Succeed())
	})

	It("may be changed in everything, its template included", func(ctx context.Context) {
		object := schedule()
		Expect(api.Create(ctx, object)).To(Succeed())
		Expect(mergePatch(ctx, object, `{"spec":{"schedules":["0 10 * * *"],"timeZone":"UTC","duration":"1h","suspend":true,
			"template":{"spec":{"cname":"other","uid":"7","mode":"web","appId":"b","start":{"recordingConfig":null,"appCertificateSecretRef":null,"tokenSecretRef":null,
			"extensionServiceConfig":{"extensionServices":[{"serviceName":"web_recorder_service","serviceParam":
			{"url":"https://example.com","audioProfile":0,"videoWidth":1280,"videoHeight":720,"maxRecordingHour":1}}]}}}}}}`)).To(Succeed())
		Expect(mergePatch(ctx, object, `{"spec":{"template":{"spec":{"profileRef":{"name":"lessons"},"start":null,"appId":null,"uid":null,"mode":null}}}}`)).To(Succeed())
	})

	It("gets its defaults, and a status that nobody takes for finished", func(ctx context.Context) {
		object := schedule()
		Expect(api.Create(ctx, object)).To(Succeed())
		created := &v1alpha1.CloudRecordingSchedule{}
		Expect(api.Get(ctx, client.ObjectKeyFromObject(object), created)).To(Succeed())
		Expect(created.Spec.ConcurrencyPolicy).To(Equal(v1alpha1.ConcurrencyPolicyForbid))
		Expect(created.Spec.Ownership).To(Equal(v1alpha1.ScheduleOwnershipNone))
		Expect(created.Spec.Template.Spec.State).To(BeEmpty(), "a recording's own")
		Expect(created.Status.ObservedGeneration).To(BeEquivalentTo(-1))
	})

	It("shows kubectl what is next, last and active", func(ctx context.Context) {
		object := schedule()
		Expect(api.Create(ctx, object)).To(Succeed())
		writeStatus(ctx, object, `{"status":{"next":"2026-12-02T08:00:00Z","last":"2026-12-01T08:00:00Z","activeCount":1,"conditions":[
			{"type":"Ready","status":"True","reason":"Scheduled","message":"Wait.","lastTransitionTime":"2026-05-04T12:00:00Z"}]}}`)
		Expect(kubectl(ctx, Default, "get", "crecs", object.GetName())).To(MatchRegexp(
			`NAME +SCHEDULES +ZONE +SUSPEND +NEXT +LAST +ACTIVE +READY +REASON +AGE\n` +
				`\S+ +\["0 9 \* \* MON-FRI"\] +Europe/Berlin +false +2026-12-02T08:00:00Z +2026-12-01T08:00:00Z +1 +True +Scheduled`))
	})
})
