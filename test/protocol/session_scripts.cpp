#include "protocol/session_scripts.hpp"

#include <iterator>

namespace roost::protocol {
namespace {

// The lines of JSON are as long as they are.
// clang-format off

constexpr Script joining[] = {
    {"AJoinIsAskedAboutAndAnswered", R"(
say ["1","2","echo:a","phx_join",{"token":"x"}]
  ask 1 echo:a {"token":"x"}
allow 1 {"hello":1}
  > ["1","2","echo:a","phx_reply",{"status":"ok","response":{"hello":1}}]
)"},
    {"ADeniedJoinLeavesTheTopicUnmatched", R"(
say ["4","4","echo:a","phx_join",{}]
  ask 1 echo:a {}
deny 1 {"reason":"unauthorized"}
  > ["4","4","echo:a","phx_reply",{"status":"error","response":{"reason":"unauthorized"}}]
say ["4","5","echo:a","ping",{}]
  > [null,"5","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
)"},
    {"AJoinOfATopicWithoutAChannelIsUnmatched", R"(
say ["3","3","nothing:here","phx_join",{}]
  > [null,"3","nothing:here","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
)"},
    {"AJoinBeyondTheLimitIsRefusedWithItsJoinRef", R"(
channels_max 1
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["2","3","echo:b","phx_join",{}]
  > ["2","3","echo:b","phx_reply",{"status":"error","response":{"reason":"too many channels joined"}}]
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["2","4","echo:b","phx_join",{}]
  > ["2","4","echo:b","phx_reply",{"status":"error","response":{"reason":"too many channels joined"}}]
say ["1","5","echo:a","phx_leave",{}]
  end 1 left
  > ["1","5","echo:a","phx_reply",{"status":"ok","response":{}}]
  > ["1","1","echo:a","phx_close",{}]
say ["2","6","echo:b","phx_join",{}]
  ask 2 echo:b {}
)"},
    {"AnUnmatchedTopicIsUnmatchedAtTheLimitToo", R"(
channels_max 0
say ["1","1","nothing:here","phx_join",{}]
  > [null,"1","nothing:here","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
)"},
    {"ANullJoinRefIsEchoedByTheJoinAndReplacedByTheRefAfterwards", R"(
say [null,"9","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > [null,"9","echo:a","phx_reply",{"status":"ok","response":{}}]
say [null,"10","echo:a","hello",{}]
  in 1 "10" hello {}
reply 1 "10" ok {"x":1}
  > ["9","10","echo:a","phx_reply",{"status":"ok","response":{"x":1}}]
push 1 pushed {}
  > ["9",null,"echo:a","pushed",{}]
say ["9","11","echo:a","hello",{}]
say [null,"12","echo:a","phx_leave",{}]
  end 1 left
  > ["9","12","echo:a","phx_reply",{"status":"ok","response":{}}]
  > [null,null,"echo:a","phx_close",{}]
)"},
    {"RefsOfAnyTypeAreEchoed", R"(
say [1,[2],"echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > [1,[2],"echo:a","phx_reply",{"status":"ok","response":{}}]
say [1,{"r":3},"echo:a","hello",{}]
  in 1 {"r":3} hello {}
say ["1",4,"echo:a","hello",{}]
reply 1 {"r":3} error {}
  > [1,{"r":3},"echo:a","phx_reply",{"status":"error","response":{}}]
crash 1
  end 1 crashed
  > [1,1,"echo:a","phx_error",{"reason":"channel_crash"}]
)"},
    {"AJoinRefOfFalseCountsAsNoneForReplies", R"(
say [false,7,"echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > [false,7,"echo:a","phx_reply",{"status":"ok","response":{}}]
push 1 pushed {}
  > [7,null,"echo:a","pushed",{}]
say [7,8,"echo:a","hello",{}]
say [false,9,"echo:a","hello",{}]
  in 1 9 hello {}
stop 1
  end 1 stopped
  > [false,false,"echo:a","phx_close",{}]
)"},
    {"EqualRefsAreEqualHoweverTheyAreEscaped", R"(
say ["a","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["a","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["\u0061","2","echo:\u0061","hello",{}]
  in 1 "2" hello {}
)"},
    {"ABinaryJoinAndLeaveAreAnsweredInText", R"(
say hex:000101060831326563686f3a617068785f6a6f696eff
  ask 1 echo:a hex:ff
allow 1 {}
  > ["1","2","echo:a","phx_reply",{"status":"ok","response":{}}]
say hex:000101060931336563686f3a617068785f6c65617665
  end 1 left
  > ["1","3","echo:a","phx_reply",{"status":"ok","response":{}}]
  > ["1","1","echo:a","phx_close",{}]
)"},
    {"AResponseThatTheWireCannotCarryCrashesTheJoin", R"(
wire v1
say {"topic":"echo:a","event":"phx_join","payload":{},"ref":"1"}
  ask 1 echo:a {}
say {"topic":"echo:a","event":"hello","payload":{},"ref":"2"}
allow 1 hex:ff
  end 1 crashed
  > {"topic":"echo:a","event":"phx_reply","payload":{"status":"error","response":{"reason":"join crashed"}},"ref":"1"}
  > {"topic":"echo:a","event":"phx_reply","payload":{"status":"error","response":{"reason":"unmatched topic"}},"ref":"2"}
say {"topic":"echo:a","event":"phx_join","payload":{},"ref":"3"}
  ask 2 echo:a {}
deny 2 hex:ff
  > {"topic":"echo:a","event":"phx_reply","payload":{"status":"error","response":{"reason":"join crashed"}},"ref":"3"}
)"},
    {"ADecisionIsTakenOnce", R"(
allow 1 {}
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 2 {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
allow 1 {}
deny 1 {}
)"},
};

constexpr Script rejoining[] = {
    {"ASecondJoinEndsTheFirstAtOnceAndClosesItAfterItsReply", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["2","2","echo:a","phx_join",{}]
  end 1 rejoined
  ask 2 echo:a {}
push 1 pushed {}
reply 1 "1" ok {}
crash 1
allow 2 {}
  > ["2","2","echo:a","phx_reply",{"status":"ok","response":{}}]
  > ["1","1","echo:a","phx_close",{}]
say ["1","3","echo:a","hello",{}]
say ["2","4","echo:a","hello",{}]
  in 2 "4" hello {}
)"},
    {"ASecondJoinWithTheSameJoinRefIsAJoinToo", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["1","1","echo:a","phx_join",{}]
  end 1 rejoined
  ask 2 echo:a {}
)"},
    {"ADeniedRejoinIsAnsweredBeforeTheOldJoinCloses", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["2","2","echo:a","phx_join",{}]
  end 1 rejoined
  ask 2 echo:a {}
deny 2 {"reason":"no"}
  > ["2","2","echo:a","phx_reply",{"status":"error","response":{"reason":"no"}}]
  > ["1","1","echo:a","phx_close",{}]
)"},
    {"ARejoinAtTheLimitTakesThePlaceOfTheOldJoin", R"(
channels_max 1
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["2","2","echo:a","phx_join",{}]
  end 1 rejoined
  ask 2 echo:a {}
)"},
    {"AJoinWhilePendingCancelsTheFirst", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["1","2","echo:a","early",{}]
say ["3","3","echo:a","phx_join",{"n":2}]
  cancel 1
  > ["1","1","echo:a","phx_reply",{"status":"error","response":{"reason":"cancelled"}}]
  > [null,"2","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
  ask 2 echo:a {"n":2}
allow 1 {}
allow 2 {}
  > ["3","3","echo:a","phx_reply",{"status":"ok","response":{}}]
)"},
    {"ACancelledRejoinClosesTheOldJoinBeforeTheThirdStarts", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["2","2","echo:a","phx_join",{}]
  end 1 rejoined
  ask 2 echo:a {}
say ["2","3","echo:a","early",{}]
say ["4","4","echo:a","phx_join",{}]
  cancel 2
  > ["2","2","echo:a","phx_reply",{"status":"error","response":{"reason":"cancelled"}}]
  > ["1","1","echo:a","phx_close",{}]
  > [null,"3","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
  ask 3 echo:a {}
deny 3 {}
  > ["4","4","echo:a","phx_reply",{"status":"error","response":{}}]
)"},
    {"V1ClosesTheOldJoinWithTheJoinRefItWasGivenElseNull", R"(
wire v1
say {"topic":"echo:a","event":"phx_join","payload":{},"ref":"1"}
  ask 1 echo:a {}
allow 1 {}
  > {"topic":"echo:a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"}
say {"topic":"echo:a","event":"phx_join","payload":{},"ref":"2","join_ref":"7"}
  end 1 rejoined
  ask 2 echo:a {}
allow 2 {}
  > {"topic":"echo:a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"2"}
  > {"topic":"echo:a","event":"phx_close","payload":{},"ref":null}
stop 2
  end 2 stopped
  > {"topic":"echo:a","event":"phx_close","payload":{},"ref":"7"}
)"},
};

constexpr Script leaving[] = {
    {"ALeaveIsAnsweredAndThenCloses", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["1","2","echo:a","phx_leave",{}]
  end 1 left
  > ["1","2","echo:a","phx_reply",{"status":"ok","response":{}}]
  > ["1","1","echo:a","phx_close",{}]
say ["1","3","echo:a","hello",{}]
  > [null,"3","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
say ["4","4","echo:a","phx_join",{}]
  ask 2 echo:a {}
)"},
    {"ALeaveWithANullJoinRefIsTaken", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say [null,"2","echo:a","phx_leave",{}]
  end 1 left
  > ["1","2","echo:a","phx_reply",{"status":"ok","response":{}}]
  > ["1","1","echo:a","phx_close",{}]
)"},
    {"AStaleLeaveIsDropped", R"(
say ["5","5","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["4","6","echo:a","phx_leave",{}]
allow 1 {}
  > ["5","5","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["4","7","echo:a","phx_leave",{}]
say ["5","8","echo:a","hello",{}]
  in 1 "8" hello {}
)"},
    {"ALeaveOfWhatIsNotJoinedIsAnsweredOk", R"(
say ["1","3","echo:a","phx_leave",{}]
  > ["1","3","echo:a","phx_reply",{"status":"ok","response":{}}]
say [null,"4","nothing:here","phx_leave",{}]
  > [null,"4","nothing:here","phx_reply",{"status":"ok","response":{}}]
)"},
    {"ALeaveWhilePendingCancelsTheJoinAndClosesNothing", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say [null,"2","echo:a","early",{}]
say [null,"3","echo:a","phx_leave",{}]
  cancel 1
  > ["1","1","echo:a","phx_reply",{"status":"error","response":{"reason":"cancelled"}}]
  > [null,"2","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
  > [null,"3","echo:a","phx_reply",{"status":"ok","response":{}}]
allow 1 {}
say ["1","4","echo:a","phx_leave",{}]
  > ["1","4","echo:a","phx_reply",{"status":"ok","response":{}}]
)"},
    {"ALeaveWhileARejoinIsPendingClosesTheOldJoin", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["2","2","echo:a","phx_join",{}]
  end 1 rejoined
  ask 2 echo:a {}
say ["1","3","echo:a","phx_leave",{}]
say ["2","4","echo:a","phx_leave",{}]
  cancel 2
  > ["2","2","echo:a","phx_reply",{"status":"error","response":{"reason":"cancelled"}}]
  > ["1","1","echo:a","phx_close",{}]
  > ["2","4","echo:a","phx_reply",{"status":"ok","response":{}}]
)"},
};

constexpr Script talking[] = {
    {"AHeartbeatIsAnsweredWhateverIsJoined", R"(
say [null,"1","phoenix","heartbeat",{}]
  > [null,"1","phoenix","phx_reply",{"status":"ok","response":{}}]
say ["7",8,"phoenix","heartbeat",{}]
  > [null,8,"phoenix","phx_reply",{"status":"ok","response":{}}]
say hex:00000107093170686f656e6978686561727462656174
  > [null,"1","phoenix","phx_reply",{"status":"ok","response":{}}]
say [null,"2","phoenix","other",{}]
  > [null,"2","phoenix","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
)"},
    {"AMessageToATopicThatIsNotJoinedIsUnmatched", R"(
say ["1","2","echo:a","hello",{}]
  > [null,"2","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
say hex:000101060531326563686f3a6168656c6c6fff
  > [null,"2","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
)"},
    {"AChannelRepliesAndPushes", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
reply 1 "1" ok {}
push 1 too_early {}
stop 1
crash 1
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["1","2","echo:a","hello",{"x":1}]
  in 1 "2" hello {"x":1}
reply 1 "2" error {"why":1}
  > ["1","2","echo:a","phx_reply",{"status":"error","response":{"why":1}}]
reply 1 null ok {}
  > ["1",null,"echo:a","phx_reply",{"status":"ok","response":{}}]
push 1 pushed [1]
  > ["1",null,"echo:a","pushed",[1]]
)"},
    {"BinaryGoesInAndOut", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 hex:00ff
  > hex:010101060231316563686f3a616f6b00ff
say hex:000101060331326563686f3a6162696e0102
  in 1 "2" bin hex:0102
reply 1 "2" ok hex:0102
  > hex:010101060231326563686f3a616f6b0102
push 1 pushed hex:03
  > hex:00010606316563686f3a6170757368656403
reply 1 [2] ok hex:0102
  end 1 crashed
  > ["1","1","echo:a","phx_error",{"reason":"channel_crash"}]
)"},
    {"AStaleMessageIsDroppedAndANullJoinRefTaken", R"(
say ["5","5","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["5","5","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["4","6","echo:a","hello",{}]
say [5,"7","echo:a","hello",{}]
say [null,"8","echo:a","hello",{}]
  in 1 "8" hello {}
)"},
    {"TopicsOfOneSocketAreApart", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["2","2","echo:b","phx_join",{}]
  ask 2 echo:b {}
allow 2 {}
  > ["2","2","echo:b","phx_reply",{"status":"ok","response":{}}]
say ["2","3","echo:b","hello",{}]
  in 2 "3" hello {}
say ["2","4","echo:a","hello",{}]
crash 2
  end 2 crashed
  > ["2","2","echo:b","phx_error",{"reason":"channel_crash"}]
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
)"},
    {"ACrashedChannelIsAnErrorAndLeavesTheTopic", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
crash 1
  end 1 crashed
  > ["1","1","echo:a","phx_error",{"reason":"channel_crash"}]
crash 1
stop 1
push 1 pushed {}
say ["1","2","echo:a","hello",{}]
  > [null,"2","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
say ["3","3","echo:a","phx_join",{}]
  ask 2 echo:a {}
)"},
    {"AStoppedChannelIsAClose", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
stop 1
  end 1 stopped
  > ["1","1","echo:a","phx_close",{}]
stop 1
reply 1 "1" ok {}
)"},
    {"AReplyThatTheWireCannotCarryCrashesTheChannel", R"(
wire v1
say {"topic":"echo:a","event":"phx_join","payload":{},"ref":"1"}
  ask 1 echo:a {}
allow 1 {}
  > {"topic":"echo:a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"}
reply 1 "1" ok hex:ff
  end 1 crashed
  > {"topic":"echo:a","event":"phx_error","payload":{"reason":"channel_crash"},"ref":null}
)"},
    {"AClientOfTextAloneIsToldThatABinaryReplyCannotReachIt", R"(
wire v2_text
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say hex:000101060331326563686f3a6162696e0102
  in 1 "2" bin hex:0102
reply 1 "2" ok hex:0102
  > ["1","2","echo:a","phx_reply",{"status":"error","response":{"reason":"binary_not_supported"}}]
push 1 pushed hex:03
  dropped
push 1 pushed [3]
  > ["1",null,"echo:a","pushed",[3]]
)"},
    {"APushThatTheWireCannotCarryCrashesTheChannel", R"(
wire v1
say {"topic":"echo:a","event":"phx_join","payload":{},"ref":"1","join_ref":"1"}
  ask 1 echo:a {}
allow 1 {}
  > {"topic":"echo:a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"}
push 1 pushed hex:ff
  end 1 crashed
  > {"topic":"echo:a","event":"phx_error","payload":{"reason":"channel_crash"},"ref":"1"}
)"},
};

constexpr Script waiting[] = {
    {"MessagesWaitForTheDecisionAndComeInOrder", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["1","2","echo:a","first",{"n":1}]
say [null,"3","echo:a","second",{"n":2}]
say ["0","4","echo:a","stale",{}]
say hex:000101060531356563686f3a617468697264ff
say [null,"6","phoenix","heartbeat",{}]
  > [null,"6","phoenix","phx_reply",{"status":"ok","response":{}}]
resume 1
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
  resume 1
resume 1
  in 1 "2" first {"n":1}
  resume 1
resume 1
  in 1 "3" second {"n":2}
  resume 1
resume 1
  in 1 "5" third hex:ff
resume 1
say ["1","7","echo:a","fourth",{}]
  in 1 "7" fourth {}
)"},
    {"ANewMessageQueuesBehindThoseThatStillWait", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["1","2","echo:a","first",{}]
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
  resume 1
say ["1","3","echo:a","second",{}]
resume 1
  in 1 "2" first {}
  resume 1
resume 1
  in 1 "3" second {}
)"},
    {"MessagesOfADeniedJoinAreUnmatched", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["1","2","echo:a","first",{}]
say ["1",null,"echo:a","second",{}]
deny 1 {"reason":"no"}
  > ["1","1","echo:a","phx_reply",{"status":"error","response":{"reason":"no"}}]
  > [null,"2","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
  > [null,null,"echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
)"},
    {"MessagesThatACrashLeavesWaitingAreUnmatched", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["1","2","echo:a","first",{}]
say ["1","3","echo:a","second",{}]
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
  resume 1
resume 1
  in 1 "2" first {}
  resume 1
crash 1
  end 1 crashed
  > ["1","1","echo:a","phx_error",{"reason":"channel_crash"}]
  > [null,"3","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
resume 1
)"},
    {"ALeaveOrAJoinFindsMessagesStillWaiting", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["1","2","echo:a","first",{}]
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
  resume 1
say ["3","3","echo:a","phx_join",{}]
  end 1 rejoined
  > [null,"2","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
  ask 2 echo:a {}
say ["3","4","echo:a","first",{}]
allow 2 {}
  > ["3","3","echo:a","phx_reply",{"status":"ok","response":{}}]
  > ["1","1","echo:a","phx_close",{}]
  resume 2
say ["3","5","echo:a","phx_leave",{}]
  end 2 left
  > [null,"4","echo:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
  > ["3","5","echo:a","phx_reply",{"status":"ok","response":{}}]
  > ["3","3","echo:a","phx_close",{}]
)"},
    {"TooManyWaitingMessagesCloseTheSocketOnce", R"(
parked_messages_max 2
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["2","2","echo:b","phx_join",{}]
  ask 2 echo:b {}
say ["1","3","echo:a","one",{}]
say ["1","4","echo:a","two",{}]
say ["2","5","echo:b","one",{}]
say ["1","6","echo:a","three",{}]
  close 1008
say ["1","7","echo:a","four",{}]
say [null,"8","phoenix","heartbeat",{}]
)"},
    {"TooManyWaitingBytesOfTheWholeSocketCloseIt", R"(
parked_bytes_max 500
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["2","2","echo:b","phx_join",{}]
  ask 2 echo:b {}
say ["1","3","echo:a","one","0123456789012345678901234567890123456789012345678901234567890123456789"]
say ["2","4","echo:b","one","0123456789012345678901234567890123456789012345678901234567890123456789"]
say ["2","5","echo:b","two","0123456789012345678901234567890123456789012345678901234567890123456789"]
  close 1008
)"},
    {"DeliveredMessagesNoLongerCount", R"(
parked_bytes_max 300
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["1","2","echo:a","one","0123456789012345678901234567890123456789012345678901234567890123456789"]
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
  resume 1
resume 1
  in 1 "2" one "0123456789012345678901234567890123456789012345678901234567890123456789"
say ["3","3","echo:b","phx_join",{}]
  ask 2 echo:b {}
say ["3","4","echo:b","one","0123456789012345678901234567890123456789012345678901234567890123456789"]
deny 2 {}
  > ["3","3","echo:b","phx_reply",{"status":"error","response":{}}]
  > [null,"4","echo:b","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]
say ["5","5","echo:c","phx_join",{}]
  ask 3 echo:c {}
say ["5","6","echo:c","one","0123456789012345678901234567890123456789012345678901234567890123456789"]
)"},
};

constexpr Script ending[] = {
    {"ACloseEndsAndCancelsAndSendsNothing", R"(
say ["1","1","echo:a","phx_join",{}]
  ask 1 echo:a {}
say ["2","2","echo:b","phx_join",{}]
  ask 2 echo:b {}
say ["2","3","echo:b","early",{}]
allow 1 {}
  > ["1","1","echo:a","phx_reply",{"status":"ok","response":{}}]
say ["4","4","echo:a","phx_join",{}]
  end 1 rejoined
  ask 3 echo:a {}
allow 3 {}
  > ["4","4","echo:a","phx_reply",{"status":"ok","response":{}}]
  > ["1","1","echo:a","phx_close",{}]
close
  cancel 2
  end 3 disconnected
allow 2 {}
push 3 pushed {}
say [null,"5","phoenix","heartbeat",{}]
close
)"},
};

}  // namespace

std::vector<Script> session_scripts() {
  std::vector<Script> all;
  const auto add = [&all](const auto& scripts) {
    all.insert(all.end(), std::begin(scripts), std::end(scripts));
  };
  add(joining);
  add(rejoining);
  add(leaving);
  add(talking);
  add(waiting);
  add(ending);
  return all;
}

}  // namespace roost::protocol
