// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// FuzzRead reads content that anybody may have written into the ConfigMap.
func FuzzRead(f *testing.F) {
	encoded, err := json.Marshal(lessonHeard())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(lessonSID, string(encoded))
	f.Add("shard."+lessonSID, string(encoded))
	f.Add(lessonSID, `{"sid":"another"}`)
	f.Add(lessonSID, `{"sid":1}`)
	f.Fuzz(func(t *testing.T, key, text string) {
		configMap := &corev1.ConfigMap{Data: map[string]string{key: text}}
		all, unreadable := ReadAll(configMap)
		if len(all)+unreadable != 1 {
			t.Fatalf("of one entry, %d are read and %d are not", len(all), unreadable)
		}
		for _, shard := range []string{"", "shard"} {
			recordings, _ := newStore(nil, "operator", shard).read(configMap)
			for sid, recording := range recordings {
				if recording.SID != sid || !sids.MatchString(sid) {
					t.Fatalf("%q is read as %q", recording.SID, sid)
				}
				if len(all) != 1 || all[0] != recording {
					t.Fatalf("%+v of a shard is read as %+v of all", recording, all)
				}
			}
		}
	})
}
