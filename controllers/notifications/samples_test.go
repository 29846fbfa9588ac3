// SPDX-License-Identifier: Apache-2.0

package notifications

import "fmt"

const (
	lessonSID = "cb711ab5d643d4531efd86c18a8c131d"

	// streamKey takes the place of a stream key in samples.
	streamKey = "7f3c-stream-key"
)

// notify returns the body of a notification about the lesson.
func notify(notice string, eventType Type, details string) string {
	return notifyAbout(lessonSID, notice, eventType, details)
}

func notifyAbout(sid, notice string, eventType Type, details string) string {
	return fmt.Sprintf(`{"noticeId":%q,"productId":3,"eventType":%d,"notifyMs":1611566412672,`+
		`"payload":{"cname":"room1","uid":"527841","sid":%q,"sequence":12,"sendts":1611566412000,"serviceType":2,"details":{%s}}}`,
		notice, eventType, sid, details)
}

// details returns the details of every type, as Agora documents them.
func details() map[Type]string {
	file := `{"fileName":"pfx/` + lessonSID + `_room1.m3u8","trackType":"audio_and_video","uid":"0","mixedAllUser":true,"isPlayable":true,"sliceStartTime":1611566112080}`
	return map[Type]string{
		CloudRecordingError:             `"msgName":"cloud_recording_error","module":1,"errorLevel":5,"errorCode":32,"stat":0,"errorMsg":"the bucket refuses"`,
		CloudRecordingWarning:           `"msgName":"cloud_recording_warning","module":1,"warnCode":32`,
		CloudRecordingStatusUpdate:      `"msgName":"cloud_recording_status_update","status":5,"recordingMode":1,"fileList":"pfx/a.m3u8"`,
		CloudRecordingFileInfos:         `"msgName":"cloud_recording_file_infos","fileList":"pfx/a.m3u8"`,
		SessionExit:                     `"msgName":"session_exit","exitStatus":0`,
		SessionFailover:                 `"msgName":"session_failover","newUid":123456`,
		HighAvailabilityRegistration:    `"msgName":"vod_started"`,
		UploaderStarted:                 `"msgName":"uploader_started","status":0`,
		Uploaded:                        `"msgName":"uploaded","status":0,"fileList":[` + file + `]`,
		Backuped:                        `"msgName":"backuped","status":0,"fileList":[` + file + `]`,
		UploadingProgress:               `"msgName":"uploading_progress","progress":2500`,
		RecorderStarted:                 `"msgName":"recorder_started","status":0`,
		RecorderLeave:                   `"msgName":"recorder_leave","leaveCode":6`,
		RecorderSliceStart:              `"msgName":"recorder_slice_start","startUtcMs":1611566412000,"discontinueUtcMs":1611566412000,"mixedAllUser":true,"streamUid":"0","trackType":"audio"`,
		RecorderAudioStreamStateChanged: `"msgName":"recorder_audio_stream_state_changed","streamUid":"7","state":1,"UtcMs":1611566412000`,
		RecorderVideoStreamStateChanged: `"msgName":"recorder_video_stream_state_changed","streamUid":"7","state":1,"UtcMs":1611566412000`,
		RecorderSnapshotFile:            `"msgName":"recorder_snapshot_file","fileName":"pfx/` + lessonSID + `_room1__uid_s_7__uid_e_video_20210125092012345.jpg"`,
		VODStarted:                      `"msgName":"vod_started","aliVodInfo":{"videoId":"v1"}`,
		VODTriggered:                    `"msgName":"vod_triggered"`,
		WebRecorderStarted:              `"msgName":"web_recorder_started","recorderStartTime":1611566410000`,
		WebRecorderStopped:              `"msgName":"web_recorder_stopped","code":4,"message":"page_load_timeout","details":"the page took too long","fileList":[{"filename":"a.mp4","sliceStartTime":1611566410000},{"fileName":"a.m3u8"}]`,
		WebRecorderCapabilityLimit:      `"msgName":"web_recorder_capability_limit","limitType":"WebGL"`,
		WebRecorderReload:               `"msgName":"web_recorder_reload","reason":"audio_silence"`,
		TranscoderStarted:               `"msgName":"transcoder_started"`,
		TranscoderCompleted:             `"msgName":"transcoder_completed","result":"partial_success","uids":[{"uid":"7","result":"success","fileList":[{"fileName":"7.mp4"}]},{"uid":8,"result":"fail","fileList":[]}]`,
		DownloadFailed:                  `"msgName":"download_failed","vendor":1,"region":0,"bucket":"lessons","fileName":"a.ts;b.ts"`,
		RTMPPublishStatus:               `"msgName":"rtmp_publish_status","rtmpUrl":"rtmp://user:` + streamKey + `@cdn.example.com:1935/live/` + streamKey + `?key=` + streamKey + `","status":"publishing"`,
		PostponeTranscodeFinalResult:    `"msgName":"postpone_transcode_final_result","result":"total_success","fileList":[{"fileName":"a.mp4"}]`,
	}
}
